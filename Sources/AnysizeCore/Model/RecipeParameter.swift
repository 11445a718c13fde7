/// The parameters of a recipe, by their canonical names; every alias of the URL grammar belongs to one of them.
package enum RecipeParameter: String, CaseIterable, Sendable {
    case aspectRatio = "ar"
    case background = "bg"
    case blur
    case brightness
    case contrast
    case crop
    case dpr
    case filter = "filt"
    case fit
    case focalPoint = "fp"
    case focalPointX = "fp-x"
    case focalPointY = "fp-y"
    case format
    case frame
    case gamma
    case gravity
    case grayscale
    case height = "h"
    case hue
    case invert
    case lossless
    case maxBytes = "max-bytes"
    case metadata
    case modulation = "mod"
    case pixelate
    case preset
    case quality = "q"
    case saturation
    case sharpen
    case tint
    case upscale
    case version = "v"
    case width = "w"

    /// The parameter that a name in a URL means; nil for names we don't know.
    package init?(name: String) {
        guard let parameter = RecipeParameter(rawValue: name) ?? Self.aliases[name] else { return nil }
        self = parameter
    }

    /// Names that change nothing and are accepted so that clients of another grammar work unchanged.
    package static let ignored: Set<String> = ["ixlib", "ixid"]

    package static let aliases: [String: RecipeParameter] = [
        "width": .width, "height": .height,
        "g": .gravity, "a": .gravity, "pos": .gravity,
        "fpx": .focalPointX, "fpy": .focalPointY,
        "rect": .crop,
        "page": .frame,
        "fm": .format, "f": .format, "output": .format, "auto": .format,
        "p": .preset,
        "quality": .quality, "mb": .maxBytes,
        "background": .background,
        "bri": .brightness, "con": .contrast, "sat": .saturation, "hue-shift": .hue, "gam": .gamma,
        "greyscale": .grayscale, "monochrome": .tint, "bl": .blur, "sharp": .sharpen, "sh": .sharpen, "px": .pixelate,
        "pix": .pixelate,
    ]
}
