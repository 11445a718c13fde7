import AnysizeCore
import Vips

extension RenderError {
    /// Throws where the watch has stopped the work.
    static func check(_ watch: Watch) throws(RenderError) {
        switch watch.reason {
        case .none: return
        case .cancelled: throw .cancelled
        case .deadline: throw .deadlinePassed
        }
    }

    /// What a failed look at an original's own bytes means: the watch's doing, or the bytes' fault.
    static func reading(_ error: VipsError, _ watch: Watch) -> RenderError {
        switch watch.reason {
        case .cancelled: .cancelled
        case .deadline: .deadlinePassed
        case .none: .undecodable(reason: "The image is damaged or incomplete.", cause: error.description)
        }
    }

    /// What a failed step on sound pixels means: the watch's doing, or our own fault.
    static func working(_ error: VipsError, _ watch: Watch) -> RenderError {
        switch watch.reason {
        case .cancelled: .cancelled
        case .deadline: .deadlinePassed
        case .none: .failed(cause: error.description)
        }
    }

    init(_ error: HeaderError) {
        self =
            switch error {
            case .unsupportedFormat: .unsupportedFormat
            case .formatIsOff(let format): .formatIsOff(format)
            case .truncated: .undecodable(reason: "The image is incomplete.", cause: "truncated header")
            case .malformed(let fault): .undecodable(reason: "The image \(fault.rawValue).", cause: "header")
            case .limit(let limit, let actual, let allowed):
                .beyondLimit(name: limit.rawValue, actual: actual, max: allowed)
            }
    }
}

extension ImageFormat {
    /// The libvips loader that reads it.
    var loader: Loader {
        switch self {
        case .jpeg: .jpeg
        case .png: .png
        case .webp: .webp
        case .gif: .gif
        case .avif, .heic: .heif
        case .tiff: .tiff
        case .svg: .svg
        case .jxl: .jxl
        case .pdf: .pdf
        }
    }
}
