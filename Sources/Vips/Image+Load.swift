import CVips

/// The loader to use, named by our own look at the bytes; libvips never guesses.
package enum Loader: String, Sendable, CaseIterable {
    case jpeg = "jpegload_buffer"
    case png = "pngload_buffer"
    case webp = "webpload_buffer"
    case gif = "gifload_buffer"
    case heif = "heifload_buffer"
    case tiff = "tiffload_buffer"
    case svg = "svgload_buffer"
    case jxl = "jxlload_buffer"
    case pdf = "pdfload_buffer"

    /// Those that are let through in every process that decodes uploads.
    static let usual: [Loader] = [.jpeg, .png, .webp, .gif, .heif]

    /// The name of its class, by which it is blocked or let through.
    var className: String {
        switch self {
        case .jpeg: "VipsForeignLoadJpegBuffer"
        case .png: "VipsForeignLoadPngBuffer"
        case .webp: "VipsForeignLoadWebpBuffer"
        case .gif: "VipsForeignLoadNsgifBuffer"
        case .heif: "VipsForeignLoadHeifBuffer"
        case .tiff: "VipsForeignLoadTiffBuffer"
        case .svg: "VipsForeignLoadSvgBuffer"
        case .jxl: "VipsForeignLoadJxlBuffer"
        case .pdf: "VipsForeignLoadPdfBuffer"
        }
    }
}

extension Image {
    /// Opens encoded bytes: the header is read now, pixels when they are asked for, top to bottom, once.
    ///
    /// A file that ends before its pixels do is an error when those pixels are read, for every format alike.
    /// - Parameters:
    ///   - bytes: the whole file; must stay valid as long as this image and everything made from it.
    ///   - loader: which format it is.
    ///   - shrink: 1, 2, 4 or 8: let the decoder itself make the picture that much smaller. Only JPEG and WebP can;
    ///     others ignore it, so ask the image for its size afterwards.
    ///   - scale: how many times its size an SVG or a page is drawn. It is drawn when pixels are asked for, on the thread that asks.
    ///   - page: which frame of a GIF or WebP, counted from 0. Of a PDF it is always the first page.
    ///   - allPages: all frames of a GIF or WebP, one below the other, instead of the first.
    package static func load(
        _ bytes: UnsafeRawBufferPointer,
        as loader: Loader,
        shrink: Int = 1,
        scale: Double = 1,
        page: Int = 0,
        allPages: Bool = false
    ) throws(VipsError) -> Image {
        let operation = Operation(loader.rawValue)
        operation.set("buffer", bytes)
        operation.set("access", Int(VIPS_ACCESS_SEQUENTIAL.rawValue))
        operation.set("fail_on", Int(VIPS_FAIL_ON_TRUNCATED.rawValue))
        switch loader {
        case .jpeg: operation.set("shrink", shrink)
        case .webp: operation.set("scale", 1 / Double(shrink))
        case .svg, .pdf: operation.set("scale", scale)
        case .png, .gif, .heif, .tiff, .jxl: break
        }
        if loader == .gif || loader == .webp {
            if allPages { operation.set("n", -1) } else if page > 0 { operation.set("page", page) }
        }
        return try operation.image()
    }
}
