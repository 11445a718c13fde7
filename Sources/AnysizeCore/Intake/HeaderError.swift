/// Why an uploaded file is refused before it is decoded.
///
/// Every case can be told to the caller as it is: none carries text or bytes of the file.
package enum HeaderError: Error, Hashable, Sendable {
    /// Not one of the formats on the list, whatever its name or declared type says.
    case unsupportedFormat

    /// One of the formats that are read only where a setting says so, and it doesn't.
    case formatIsOff(ImageFormat)

    /// The format is known, but the file ends before its header does.
    case truncated

    /// The file contradicts its own format, or uses a part of it that no decoder of ours reads.
    case malformed(HeaderFault)

    /// The file asks for more than is allowed. `actual` is what was counted so far, so it may be a lower bound: a
    /// flood is left at its first item too many. Of the limits, `byteCount` alone is about the upload rather than
    /// the picture.
    case limit(HeaderLimit, actual: Int, allowed: Int)
}

/// What is wrong with a malformed header, as the end of a sentence that begins "The file".
package enum HeaderFault: String, Sendable, CaseIterable, Hashable {
    case zeroSize = "has a width or height of zero"

    case jpegMarker = "has a JPEG marker where none belongs"
    case jpegSegment = "has a JPEG segment of impossible length"
    case jpegFrame = "has a JPEG frame header that contradicts itself"
    case jpegCoding = "uses a JPEG coding that isn't baseline, extended or progressive Huffman"
    case jpegSampleDepth = "has JPEG samples that aren't 8 bits deep"
    case jpegComponents = "has a number of JPEG colour components that isn't 1, 3 or 4"
    case jpegWithoutFrame = "has JPEG scan data before any frame header"
    case jpegWithoutScan = "is a JPEG without scan data"

    case pngChunk = "has a PNG chunk of impossible length or name"
    case pngHeader = "has a PNG header chunk that is missing, repeated or invalid"
    case pngWithoutPalette = "is a PNG with a palette image but no palette"
    case pngWithoutData = "is a PNG without image data"

    case gifBlock = "has a GIF block of unknown kind"
    case gifCodeSize = "has a GIF frame with an impossible code size"
    case gifWithoutFrame = "is a GIF without frames"

    case webpChunk = "has a WebP chunk that overruns its container"
    case webpBitstream = "has a WebP bit stream header that is invalid"
    case webpFrame = "has a WebP frame that doesn't fit its canvas"
    case webpWithoutImage = "is a WebP without image data"

    case tiffDirectory = "has a TIFF directory that is missing, too long or contradicts itself"
    case tiffCompression = "has a TIFF compression that isn't read here"
    case tiffColours = "has TIFF colours of a kind that isn't read here"
    case tiffSamples = "has TIFF samples that aren't whole numbers of 1, 2, 4, 8 or 16 bits without sign"
    case tiffWithoutData = "is a TIFF without image data"

    case svgRoot = "has an SVG root element that doesn't end, or contradicts itself"

    case jxlHeader = "has a JPEG XL header that is invalid"
    case jxlBox = "has a JPEG XL box that overruns its container"
    case jxlWithoutImage = "is a JPEG XL file without image data"

    case heifBox = "has a HEIF box that overruns its container, or is repeated"
    case heifBoxCount = "has too many HEIF boxes"
    case heifItem = "refers to a HEIF item or property that isn't there"
    case heifCoding = "has a HEIF picture of a kind that isn't read here"
    case heifProperty = "has a HEIF property that contradicts itself"
    case heifCodedSize = "has a HEIF picture whose coded data contradicts its size, or isn't one picture"
    case heifGrid = "has a HEIF grid that doesn't fit its picture or its tiles"
}
