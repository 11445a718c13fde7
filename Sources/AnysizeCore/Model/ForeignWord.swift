/// Words of other URL grammars that mean nothing exact here, with the word to use instead.
enum ForeignWord {
    /// By parameter.
    static let advice: [String: String] = {
        let groups: [([String], String)] = [
            (
                ["max-w", "max-h", "max-width", "max-height"],
                "w and h with fit=contain, the default, are the most that a result has: say those."
            ),
            (
                ["min-w", "min-h", "min-width", "min-height"],
                "w and h with fit=outside are the least that a result has: say those."
            ),
            (
                ["cx", "cy", "cw", "precrop"],
                "These cut after the resize in the grammar they come from; crop=x,y,width,height cuts before it: say that."
            ),
            (
                ["ch"],
                "It is the height of a cut in one grammar and a list of client hints in another: say crop, or w and dpr."
            ),
            (["usm", "usmrad"], "Say sharpen, from 0 to 100."),
            (["vib"], "Say saturation."), (["high", "shad", "exposure"], "Say brightness, contrast or gamma."),
            (["border", "pad", "padding", "margin"], "Say fit=pad with w, h and bg."),
            (["progressive", "interlace", "jpg-progressive"], "Results are progressive where that is smaller."),
            (["orient"], "The orientation that a file states is always applied; for more say rotate or flip."),
            (
                ["trim-color", "trim-md", "trim-sd", "trim-pad"],
                "Borders are told by their own colour: say trim=tolerance."
            ),
            (["trim.width", "trim.height", "trim.left", "trim.top"], "Say crop=x,y,width,height."),
            (["faceindex", "facepad"], "There is no face detector; gravity=smart comes nearest."),
            (["fill", "fill-color", "cbg", "rbg", "mbg", "mask-bg"], "What is added or left clear is bg: say that."),
            (["shape", "border-radius", "rounded", "round", "r"], "Say mask=circle, mask=ellipse or radius."),
            (["enlarge", "el"], "Say upscale=1."),
            (["t", "resize", "rs", "rt", "size", "scale"], "Say fit, with w and h."),
            (["page"], "It counts from 0 in one grammar and from 1 in another: say frame, which counts from 1."),
            (["sepia"], "Say filt=sepia, or tint with a colour of your own."),
            (
                ["duotone", "duotone-alpha", "start", "stop"],
                "There is no duotone; tint, a colour for the whole picture, comes nearest."
            ),
            (
                ["onerror", "default", "errorredirect"],
                "No other picture is shown instead of an error, whose status says what is wrong."
            ),
            (
                ["l", "af"],
                "Results are compressed as far as that is worth its time; for fewer bytes say q."
            ),
            (["slow-connection-quality", "gif-q"], "Say q, from 1 to 100, or q=auto."),
            (
                ["strip", "iptc", "keep_copyright"],
                "Say metadata=none, the default, metadata=copyright or metadata=keep."
            ),
            (["cs", "icc", "scp"], "Results are sRGB, whatever the original is."),
            (["palette", "colors", "faces"], "What is known of an original is at /img/ID/info."),
            (["dl", "download", "filename", "fn"], "Results are shown in place; /img/ID/original is a download."),
            (["maxage"], "How long an answer may be kept is in the settings."),
            (["url", "uri"], "Originals are uploaded, and named by their id in the path."),
            (["blend", "blend-mode", "blend-color", "blend-alpha"], "Say overlay with overlay-opacity, or tint."),
            (["watermark", "wm", "logo"], "Say overlay, the id of another original."),
            (["opacity", "alpha"], "Say overlay-opacity or text-opacity."),
            (["segment", "bg-remove"], "What is the subject and what isn't, isn't told apart here."),
            (["zoom", "z"], "Say fp-z, with fp, fit=cover, w and h."),
            (["dpi", "density"], "A result has pixels, and no size on paper: say w, h or dpr."),
            (["loop", "fps", "reverse"], "Animations keep their frames, timing and loops."),
            (
                ["mark-rot", "mark-tile", "txt-shad", "txt-line", "txt-fit", "txt-clip"],
                "Overlays and texts have no such effect."
            ),
            (["chromasub", "colorquant", "dither", "htn"], "How colours are coded is decided by the format and by q."),
            (["mtrim"], "Say trim, or mask: what is cut out isn't trimmed."),
            (["encoding"], "Results are pictures; the answer to an upload has a small one as text, its preview."),
        ]
        var advice: [String: String] = [:]
        for (names, sentence) in groups { for name in names { advice[name] = sentence } }
        return advice
    }()

    /// Values of `q`.
    static let qualities: Set<String> = ["high", "medium-high", "medium", "medium-low", "low", "best"]

    /// Values of `format`.
    static let format: [String: String] = [
        "heic": "HEIC is read, not written; avif comes nearest.",
        "heif": "HEIC is read, not written; avif comes nearest.",
        "jxl": "JPEG XL is not written; avif comes nearest.",
        "baseline-jpeg": "A JPEG is progressive where that is smaller: say jpeg.",
        "png8": "A PNG has all its colours: say png, or gif for 256.", "png24": "Say png.", "png32": "Say png.",
        "mp4": "There are no videos; webp comes nearest.", "webm": "There are no videos; webp comes nearest.",
        "json": "What is known of an original is at /img/ID/info.",
        "blurhash": "The BlurHash of an original is at /img/ID/info.",
    ]

    /// Values of `fit`.
    static let fit: [String: String] = [
        "fill":
            "fill means three things in the field: say cover (cut what sticks out), pad (add background) or stretch (give up proportions).",
        "min":
            "min cuts in one grammar and doesn't in another: say cover (cut what sticks out) or outside (cut nothing).",
        "clamp": "clamp draws out the edge's pixels, which isn't done here: say pad (add background).",
        "facearea": "facearea needs a face detector, and there is none: say cover with gravity=smart.",
    ]
}
