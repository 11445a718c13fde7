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
    case flip
    case focalPoint = "fp"
    case focalPointX = "fp-x"
    case focalPointY = "fp-y"
    case focalPointZoom = "fp-z"
    case format
    case frame
    case gamma
    case gravity
    case grayscale
    case height = "h"
    case hue
    case invert
    case lossless
    case mask
    case maxBytes = "max-bytes"
    case metadata
    case modulation = "mod"
    case pixelate
    case overlay
    case overlayGravity = "overlay-gravity"
    case overlayHeight = "overlay-h"
    case overlayOpacity = "overlay-opacity"
    case overlayPadding = "overlay-padding"
    case overlayWidth = "overlay-w"
    case overlayX = "overlay-x"
    case overlayY = "overlay-y"
    case preset
    case quality = "q"
    case radius
    case rotate
    case trim
    case trimTolerance = "trim-tol"
    case saturation
    case sharpen
    case caption = "text"
    case captionColor = "text-color"
    case captionFont = "text-font"
    case captionGravity = "text-gravity"
    case captionOpacity = "text-opacity"
    case captionPadding = "text-padding"
    case captionSize = "text-size"
    case captionWidth = "text-w"
    case captionX = "text-x"
    case captionY = "text-y"
    case tint
    case upscale
    case version = "v"
    case width = "w"

    /// The parameter that a name in a URL means; nil for names we don't know.
    package init?(name: String) {
        guard let parameter = RecipeParameter(rawValue: name) ?? Self.aliases[name] else { return nil }
        self = parameter
    }

    /// Names that change nothing and are accepted so that clients of other grammars work unchanged: what they say of themselves, and
    /// hints to encoders, which find out by themselves what is smallest.
    package static let ignored: Set<String> = ["ixlib", "ixid", "il", "compression"]

    /// Names that are switches where they stand alone, and the parameter's value then.
    package static let switches: [String: String] = ["flip": "1", "flop": "1", "we": "1"]

    package static let aliases: [String: RecipeParameter] = [
        "width": .width, "height": .height,
        "g": .gravity, "a": .gravity, "pos": .gravity,
        "fpx": .focalPointX, "fpy": .focalPointY,
        "rect": .crop,
        "anim": .frame, "n": .frame,
        "fm": .format, "f": .format, "output": .format, "auto": .format,
        "p": .preset,
        "quality": .quality, "mb": .maxBytes,
        "background": .background,
        "rot": .rotate, "or": .rotate, "ro": .rotate, "flop": .flip, "we": .upscale,
        "corner-radius": .radius,
        "bri": .brightness, "con": .contrast, "sat": .saturation, "hue-shift": .hue, "gam": .gamma,
        "greyscale": .grayscale, "monochrome": .tint, "bl": .blur, "sharp": .sharpen, "sh": .sharpen, "px": .pixelate,
        "pix": .pixelate,
        "mark": .overlay, "mark-w": .overlayWidth, "mark-h": .overlayHeight, "mark-x": .overlayX, "mark-y": .overlayY,
        "mark-scale": .overlayWidth, "mark-align": .overlayGravity, "mark-gravity": .overlayGravity,
        "overlay-align": .overlayGravity, "mark-pad": .overlayPadding, "mark-padding": .overlayPadding,
        "overlay-pad": .overlayPadding, "mark-alpha": .overlayOpacity, "mark-opacity": .overlayOpacity,
        "overlay-alpha": .overlayOpacity,
        "txt": .caption, "txt-color": .captionColor, "text-colour": .captionColor, "txt-font": .captionFont,
        "txt-align": .captionGravity, "txt-gravity": .captionGravity, "text-align": .captionGravity,
        "txt-alpha": .captionOpacity, "txt-opacity": .captionOpacity, "text-alpha": .captionOpacity,
        "txt-pad": .captionPadding, "txt-padding": .captionPadding, "text-pad": .captionPadding,
        "txt-size": .captionSize, "txt-width": .captionWidth, "txt-w": .captionWidth, "text-width": .captionWidth,
        "txt-x": .captionX, "txt-y": .captionY,
    ]
}
