/// Reads the header of a JPEG (ITU-T T.81, annex B) by walking its markers from end to end.
///
/// The walk goes on through the entropy-coded data: scans are what makes a JPEG expensive, and they are told only by
/// the markers between them. It ends with the primary picture; previews, gain maps and makers' trailers behind it
/// are no concern of the decoder, and thumbnails inside APP segments are skipped with those.
package enum JPEGHeader {
    package static func read(_ bytes: UnsafeRawBufferPointer, limits: HeaderLimits) throws(HeaderError) -> ImageHeader {
        var walk = JPEGWalk(bytes, limits: limits)
        return try walk.header()
    }
}

private struct JPEGWalk {
    private var reader: ByteReader
    private let limits: HeaderLimits
    private var frame: Frame?
    private var segmentCount = 0
    private var scanCount = 0
    private var metadataByteCount = 0
    private var firstScanIsPartial = false

    init(_ bytes: UnsafeRawBufferPointer, limits: HeaderLimits) {
        reader = ByteReader(bytes)
        self.limits = limits
    }

    mutating func header() throws(HeaderError) -> ImageHeader {
        try reader.skip(2)  // the start of image, which the sniffer has seen
        var isDone = false
        while !isDone, let marker = try nextMarker() {
            isDone = try !visit(marker)
        }
        guard scanCount > 0, let frame else { throw .malformed(.jpegWithoutScan) }
        var header = ImageHeader(format: .jpeg, byteCount: reader.count, width: frame.width, height: frame.height)
        header.hasAlpha = false
        header.channelCount = frame.componentCount
        header.bitDepth = 8
        header.isProgressive = frame.isProgressive || firstScanIsPartial
        header.segmentCount = segmentCount
        header.scanCount = scanCount
        header.metadataByteCount = metadataByteCount
        return header
    }

    /// The second byte of the next marker that means something here, past scan data with its restarts, fill bytes and
    /// stray bytes, all of which decoders skip too.
    ///
    /// Nil at the end of the file, if there has been a scan: a missing end marker is common, and how much of the
    /// picture is there is the decoder's to say.
    private mutating func nextMarker() throws(HeaderError) -> UInt8? {
        while reader.skip(to: 0xFF) {
            var code: UInt8 = 0xFF
            while code == 0xFF, !reader.isAtEnd {
                code = try reader.byte()
            }
            switch code {
            case Marker.escape, Marker.fill, Marker.temporary, Marker.restarts: continue
            default: return code
            }
        }
        guard scanCount > 0 else { throw .truncated }
        return nil
    }

    /// False if the picture ends here.
    private mutating func visit(_ marker: UInt8) throws(HeaderError) -> Bool {
        switch marker {
        case Marker.end:
            return false
        case Marker.start:
            throw .malformed(.jpegMarker)
        default:
            return try visitSegment(marker)
        }
    }

    private mutating func visitSegment(_ marker: UInt8) throws(HeaderError) -> Bool {
        segmentCount += 1
        try limits.check(.jpegSegmentCount, segmentCount)
        guard var segment = try nextSegment() else { return false }
        switch marker {
        case Marker.frames:
            try visitFrame(marker, &segment)
        case Marker.scan:
            try visitScan(&segment)
        case Marker.applications, Marker.comment:
            metadataByteCount += segment.count
            try limits.check(.metadataByteCount, metadataByteCount)
        case Marker.otherFrames, Marker.hierarchies:
            throw .malformed(.jpegCoding)
        default:
            break  // tables, restart intervals and what else the decoder needs and the header doesn't
        }
        return true
    }

    /// The segment's content. Nil if the file ends inside it and there has been a scan: see `nextMarker()`.
    private mutating func nextSegment() throws(HeaderError) -> ByteReader? {
        do throws(HeaderError) {
            let length = try reader.big16()
            guard length >= 2 else { throw .malformed(.jpegSegment) }
            return try reader.take(length - 2, pastEnd: .malformed(.jpegSegment))
        } catch {
            guard error == .truncated, scanCount > 0 else { throw error }
            return nil
        }
    }

    private mutating func visitFrame(_ marker: UInt8, _ segment: inout ByteReader) throws(HeaderError) {
        guard frame == nil else { throw .malformed(.jpegMarker) }
        let sampleDepth = try segment.byte()
        let height = try segment.big16()
        let width = try segment.big16()
        let componentCount = Int(try segment.byte())
        // A height of zero promises a DNL segment later on, which decoders don't support.
        guard width > 0, height > 0 else { throw .malformed(.zeroSize) }
        try limits.checkSize(width, height)
        guard sampleDepth == 8 else { throw .malformed(.jpegSampleDepth) }
        guard [1, 3, 4].contains(componentCount) else { throw .malformed(.jpegComponents) }
        guard segment.remaining == 3 * componentCount else { throw .malformed(.jpegFrame) }
        frame = Frame(
            width: width,
            height: height,
            componentCount: componentCount,
            isProgressive: marker == Marker.progressiveFrame
        )
    }

    private mutating func visitScan(_ segment: inout ByteReader) throws(HeaderError) {
        guard let frame else { throw .malformed(.jpegWithoutFrame) }
        let componentCount = Int(try segment.byte())
        if scanCount == 0 {
            firstScanIsPartial = componentCount < frame.componentCount
        }
        scanCount += 1
        try limits.check(.jpegScanCount, scanCount)
    }

    private struct Frame {
        var width: Int
        var height: Int
        var componentCount: Int
        var isProgressive: Bool
    }

    /// Marker codes of T.81, table B.1.
    private enum Marker {
        static let escape: UInt8 = 0x00  // a data byte of 255 follows itself in this form
        static let temporary: UInt8 = 0x01
        static let frames: ClosedRange<UInt8> = 0xC0...0xC2
        static let progressiveFrame: UInt8 = 0xC2
        static let restarts: ClosedRange<UInt8> = 0xD0...0xD7
        static let start: UInt8 = 0xD8
        static let end: UInt8 = 0xD9
        static let scan: UInt8 = 0xDA
        static let hierarchies: ClosedRange<UInt8> = 0xDE...0xDF
        static let applications: ClosedRange<UInt8> = 0xE0...0xEF
        static let comment: UInt8 = 0xFE
        static let fill: UInt8 = 0xFF

        /// Lossless, hierarchical and arithmetic frames: all of C3 to CF but the tables C4 and CC.
        static let otherFrames = OtherFrames()

        struct OtherFrames {
            static func ~= (_: OtherFrames, code: UInt8) -> Bool {
                (0xC3...0xCF).contains(code) && code != 0xC4 && code != 0xCC
            }
        }
    }
}
