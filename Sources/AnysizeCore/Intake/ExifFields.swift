/// What a camera wrote about a photograph, by the usual names of its tags: `Make`, `ExposureTime`, `GPSLatitude`.
///
/// Texts are as they are, numbers in plain decimals, shutter times as `1/250`, positions in degrees with a sign. Only tags with a
/// name in ``names`` are in it, and none of more than 256 bytes; thumbnails and makers' notes are not.
package struct ExifFields: Hashable, Sendable, Codable {
    package private(set) var values: [String: String] = [:]

    package init() {}

    /// From a block of EXIF, as JPEG's APP1 has it, with its `Exif` in front or without. Reads as far as it makes sense: of a block
    /// that is cut or contradicts itself it has what comes before that.
    package init(_ bytes: UnsafeRawBufferPointer) {
        guard let reader = TIFFReader(exif: bytes) else { return }
        let main = reader.entries(at: reader.number(at: 4, byteCount: 4))
        take(main, Self.names)
        for pointer in main where pointer.tag == 0x8769 {
            take(reader.entries(at: pointer.numbers.first ?? 0), Self.names)
        }
        for pointer in main where pointer.tag == 0x8825 {
            take(position: reader.entries(at: pointer.numbers.first ?? 0))
        }
    }

    private mutating func take(_ entries: [TIFFReader.Entry], _ names: [Int: String]) {
        for entry in entries {
            guard let name = names[entry.tag], values[name] == nil, let text = Self.text(of: entry) else { continue }
            values[name] = text
        }
    }

    private mutating func take(position entries: [TIFFReader.Entry]) {
        var references: [Int: String] = [:]
        for entry in entries where entry.text != nil { references[entry.tag] = entry.text }
        for entry in entries {
            switch entry.tag {
            case 2, 4:
                guard entry.fractions.count == 3, !entry.fractions.contains(where: { $0.below == 0 }) else { continue }
                let degrees = zip(entry.fractions, [1.0, 60, 3600]).reduce(0) { $0 + $1.0.value / $1.1 }
                let isNegative = ["S", "W"].contains(references[entry.tag - 1])
                values[entry.tag == 2 ? "GPSLatitude" : "GPSLongitude"] = Self.decimal(isNegative ? -degrees : degrees)
            case 6:
                guard let meters = entry.fractions.first, meters.below != 0 else { continue }
                let isBelow = entries.contains { $0.tag == 5 && $0.numbers.first == 1 }
                values["GPSAltitude"] = Self.decimal(isBelow ? -meters.value : meters.value)
            case 0x1D: values["GPSDateStamp"] = entry.text
            default: continue
            }
        }
    }

    private static func text(of entry: TIFFReader.Entry) -> String? {
        if let text = entry.text { return text }
        if !entry.fractions.isEmpty {
            guard !entry.fractions.contains(where: { $0.below == 0 }) else { return nil }
            return entry.fractions.map { fraction in
                // As photographers say it.
                if fraction.above == 1, fraction.below > 1 { return "1/\(fraction.below)" }
                if fraction.above > 1, fraction.below > fraction.above, fraction.below.isMultiple(of: fraction.above) {
                    return "1/\(fraction.below / fraction.above)"
                }
                return decimal(fraction.value)
            }.joined(separator: " ")
        }
        return entry.numbers.isEmpty ? nil : entry.numbers.map { "\($0)" }.joined(separator: " ")
    }

    /// To the millionth.
    private static func decimal(_ number: Double) -> String { DecimalText.print((number * 1e6).rounded() / 1e6) }

    private static let names: [Int: String] = [
        0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x0112: "Orientation", 0x0131: "Software",
        0x0132: "DateTime", 0x013B: "Artist", 0x8298: "Copyright", 0x829A: "ExposureTime", 0x829D: "FNumber",
        0x8822: "ExposureProgram", 0x8827: "PhotographicSensitivity", 0x9003: "DateTimeOriginal",
        0x9004: "DateTimeDigitized", 0x9010: "OffsetTime", 0x9011: "OffsetTimeOriginal", 0x9201: "ShutterSpeedValue",
        0x9202: "ApertureValue", 0x9203: "BrightnessValue", 0x9204: "ExposureBiasValue", 0x9205: "MaxApertureValue",
        0x9206: "SubjectDistance", 0x9207: "MeteringMode", 0x9208: "LightSource", 0x9209: "Flash",
        0x920A: "FocalLength", 0x9291: "SubSecTimeOriginal", 0xA001: "ColorSpace", 0xA402: "ExposureMode",
        0xA403: "WhiteBalance", 0xA404: "DigitalZoomRatio", 0xA405: "FocalLengthIn35mmFilm",
        0xA406: "SceneCaptureType", 0xA420: "ImageUniqueID", 0xA430: "CameraOwnerName", 0xA431: "BodySerialNumber",
        0xA432: "LensSpecification", 0xA433: "LensMake", 0xA434: "LensModel", 0xA435: "LensSerialNumber",
    ]
}

extension ExifFields {
    package init(_ values: [String: String]) { self.values = values }

    /// Whether it is anything that reading could have given.
    package var isPlausible: Bool {
        values.count <= 100 && values.allSatisfy { $0.key.utf8.count <= 64 && $0.value.utf8.count <= 4096 }
    }
}
