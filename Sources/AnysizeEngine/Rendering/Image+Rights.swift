import AnysizeCore
import Vips

extension Image {
    /// Whose it is, by all the metadata that it came with.
    var rights: Rights {
        let exif = withExif { Rights(exif: $0) } ?? Rights()
        let iptc = withIPTC { Rights(iptc: $0) } ?? Rights()
        let xmp = withXMP { Rights(xmp: $0) } ?? Rights()
        return exif.completed(by: iptc).completed(by: xmp)
    }

    /// Written as EXIF, which every format of results has a place for: a new block, so that nothing of the old one is left in it.
    ///
    /// Savers write a text of EXIF as it is only where it is what a loader read, and in ASCII otherwise. So it is loaded, with the
    /// header of a JPEG around it.
    func attach(_ rights: Rights) throws(VipsError) {
        guard !rights.isEmpty else { return }
        let failure = rights.jpegHeader.withUnsafeBytes { bytes -> VipsError? in
            do throws(VipsError) {
                let carrier = try Image.load(bytes, as: .jpeg)
                takeFields(from: carrier) { Self.rightsFields.contains($0) }
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
    }

    private static let rightsFields: Set<String> = ["exif-data", "exif-ifd0-Artist", "exif-ifd0-Copyright"]
}

extension Rights {
    /// A JPEG of one gray pixel, as far as its header, with this as its EXIF.
    fileprivate var jpegHeader: [UInt8] {
        let block = exif
        let length = block.count + 2
        return [0xFF, 0xD8, 0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + block
            + [0xFF, 0xC0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0x3F, 0, 0, 0xFF, 0xD9]
    }
}
