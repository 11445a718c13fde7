/// Words of other URL grammars that mean nothing exact here, with the word to use instead.
enum ForeignWord {
    /// By parameter.
    static let advice: [String: String] = {
        let groups: [([String], String)] = [
            (["max-w", "max-h"], "w and h with fit=contain, the default, are the most that a result has: say those."),
            (["min-w", "min-h"], "w and h with fit=outside are the least that a result has: say those."),
            (
                ["cx", "cy", "cw", "precrop"],
                "These cut after the resize in the grammar they come from; crop=x,y,width,height cuts before it: say that."
            ),
            (
                ["ch"],
                "It is the height of a cut in one grammar and a list of client hints in another: say crop, or w and dpr."
            ),
            (["anim", "n"], "Say frame=1 for the first frame alone; all are usual."),
            (["usm", "usmrad"], "Say sharpen, from 0 to 100."),
            (["vib"], "Say saturation."), (["high", "shad", "exposure"], "Say brightness, contrast or gamma."),
            (["border", "pad"], "Say fit=pad with w, h and bg."),
            (["il", "progressive"], "Results are progressive where that is smaller."),
            (["orient"], "The orientation that a file states is always applied; for more say rotate or flip."),
            (
                ["trim-color", "trim-md", "trim-sd", "trim-pad"],
                "Borders are told by their own colour: say trim=tolerance."
            ),
            (["trim.width", "trim.height", "trim.left", "trim.top"], "Say crop=x,y,width,height."),
            (["faceindex", "facepad"], "There is no face detector; gravity=smart comes nearest."),
            (["fill", "fill-color", "cbg", "rbg", "mbg", "mask-bg"], "What is added or left clear is bg: say that."),
            (["shape"], "Say mask=circle, mask=ellipse or radius."),
            (["enlarge", "el"], "Say upscale=1."),
            (["t", "resize", "rs", "rt"], "Say fit, with w and h."),
        ]
        var advice: [String: String] = [:]
        for (names, sentence) in groups { for name in names { advice[name] = sentence } }
        return advice
    }()

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
