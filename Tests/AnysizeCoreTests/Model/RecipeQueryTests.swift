import AnysizeCore
import AnysizeTesting
import Testing

@Suite struct RecipeQueryTests {
    struct Spelling: CustomTestStringConvertible {
        let query: String
        let same: String
        var testDescription: String { "?\(query) is ?\(same)" }

        init(_ query: String, _ same: String) {
            self.query = query
            self.same = same
        }
    }

    @Test(arguments: [
        Spelling("width=320", "w=320"), Spelling("height=20", "h=20"), Spelling("w=320&h=200", "h=200&w=320"),
        Spelling("fm=jpg", "format=jpeg"), Spelling("f=webp", "format=webp"), Spelling("output=png", "format=png"),
        Spelling("auto=format", "format=auto"), Spelling("auto=format,compress", "format=auto"),
        Spelling("auto=compress,format", "format=auto"), Spelling("quality=50", "q=50"),
        Spelling("fit=inside", "fit=contain"), Spelling("fit=clip", ""), Spelling("fit=max", ""),
        Spelling("fit=scale-down", ""), Spelling("fit=limit", ""), Spelling("fit=crop", "fit=cover"),
        Spelling("fit=fillmax", "fit=pad"), Spelling("fit=scale", "fit=stretch"), Spelling("fit=force", "fit=stretch"),
        Spelling("fit=squeeze", "fit=stretch"), Spelling("g=nw", "gravity=northwest"),
        Spelling("a=top-left", "gravity=northwest"), Spelling("pos=left", "gravity=west"),
        Spelling("crop=top", "gravity=north"), Spelling("crop=top,left", "gravity=northwest"),
        Spelling("crop=left,top", "gravity=northwest"), Spelling("crop=entropy", "gravity=entropy"),
        Spelling("gravity=attention", "gravity=smart"), Spelling("gravity=centre", "gravity=center"),
        Spelling("rect=1,2,3,4", "crop=1,2,3,4"), Spelling("crop=0%25,0%25,50%25,50%25", "crop=0%,0%,50%,50%"),
        Spelling("fp-x=0.5&fp-y=0.25", "fp=0.5,0.25"), Spelling("fpx=0.5&fpy=0.25", "fp=0.5,0.25"),
        Spelling("crop=focalpoint&fp-x=0.1", "fp=0.1,0.5"), Spelling("background=%23fff", "bg=ffffff"),
        Spelling("bg=rebeccapurple", "bg=663399"), Spelling("bg=FFF", "bg=white"),
        Spelling("bg=%23abcd", "bg=%23aabbccdd"),
        Spelling("bg=rgb(102,51,153)", "bg=663399"), Spelling("bg=RGBA(0, 0, 255, .5)", "bg=%230000ff80"),
        Spelling("bg=rgb(100%25 0%25 0%25 / 50%25)", "bg=%23ff000080"), Spelling("bg=rgba(0,0,0,0)", "bg=transparent"),
        Spelling("ar=3:2&w=30&fit=cover", "ar=1.5&w=30&fit=cover"), Spelling("upscale=true", "upscale=1"),
        Spelling("ixlib=py-1.0&ixid=abc&w=1", "w=1"), Spelling("w=%33%32%30", "w=320"),
        Spelling("w=1&&h=2&", "w=1&h=2"),
        Spelling("gravity=auto", "gravity=smart"), Spelling("gravity=0.5x0.25", "fp=0.5,0.25"), Spelling("we", ""),
        Spelling("crop=edges", "gravity=smart"), Spelling("a=focal&fpx=0.1", "fp=0.1,0.5"), Spelling("we=1&w=5", "w=5"),
        Spelling("fp=0.123449,1", "fp=0.1234,1"), Spelling("trim=auto", "trim=10"), Spelling("trim=border", "trim=10"),
        Spelling("trim=color&trim-tol=30", "trim=30"), Spelling("fp-z=1", ""),
        Spelling("fit=crop&crop=focalpoint&fp-x=0.5&fp-y=0.5&fp-z=2&w=9&h=9", "fit=cover&fp=0.5,0.5&fp-z=2&w=9&h=9"),
        Spelling("g=middle,center", ""), Spelling("g=center,middle", ""), Spelling("g=middle,left", "gravity=west"),
        Spelling("crop=edges,entropy", "gravity=smart"), Spelling("crop=entropy,edges", "gravity=entropy"),
        Spelling("auto=compress", ""), Spelling("auto=compress&fm=webp", "format=webp"),
        Spelling("auto=format&fm=jpg", "format=auto,jpeg"), Spelling("format=auto&fm=jpg", "format=auto,jpeg"),
        Spelling("fm=jpg&auto=compress,format", "format=auto,jpeg"),
        Spelling("auto=compress&auto=format&fm=png", "format=auto,png"),
        Spelling("auto=format&auto=format", "format=auto"),
        Spelling("format=auto&auto=format", "format=auto"), Spelling("auto=format&fm=auto", "format=auto"),
        Spelling("auto64=Zm9ybWF0", "format=auto"), Spelling("anim=true&w=5", "w=5"), Spelling("anim=false", "frame=1"),
        Spelling("n=-1", ""), Spelling("n=1", "frame=1"), Spelling("il&compression=fast&w=5", "w=5"),
        Spelling("fm=pjpg", "format=jpeg"),
        Spelling("v=ABCDEF01", "v=abcdef01"), Spelling("dpr=1", ""), Spelling("metadata=none", ""),
    ])
    func aliasesFoldIntoOneRecipe(_ spelling: Spelling) throws {
        #expect(try Recipe(query: spelling.query) == Recipe(query: spelling.same))
    }

    struct Fault: CustomTestStringConvertible {
        let query: String
        let parameter: String?
        var testDescription: String { "?\(query)" }

        init(_ query: String, _ parameter: String?) {
            self.query = query
            self.parameter = parameter
        }
    }

    @Test(arguments: [
        Fault("w=0", "w"), Fault("w=-1", "w"), Fault("w=8193", "w"), Fault("w=1e3", "w"), Fault("w=NaN", "w"),
        Fault("w=٣٢٠", "w"), Fault("w=+3", "w"), Fault("w=%2B3", "w"), Fault("w=03", "w"), Fault("w= 3", "w"),
        Fault("w=18446744073709551617", "w"), Fault("w=", "w"), Fault("w", "w"), Fault("width=a", "width"),
        Fault("h=3.5", "h"), Fault("w=1&w=2", "w"), Fault("w=1&width=2", "width"), Fault("w=1&w=1", "w"),
        Fault("q=0", "q"), Fault("q=101", "q"), Fault("quality=high", "quality"), Fault("dpr=0.4", "dpr"),
        Fault("dpr=5.1", "dpr"), Fault("dpr=inf", "dpr"), Fault("fit=fill", "fit"), Fault("fit=Cover", "fit"),
        Fault("gravity=up", "gravity"), Fault("gravity=faces", "gravity"), Fault("crop=faces", "crop"),
        Fault("gravity=top-bottom", "gravity"), Fault("fp=0.5", "fp"), Fault("fp=0.5,1.5", "fp"),
        Fault("fp=0,0&fp-x=0", "fp-x"), Fault("fp=0,0&gravity=north", "fp"), Fault("fp-x=2", "fp-x"),
        Fault("crop=1,2,3", "crop"), Fault("crop=1,2,0,4", "crop"), Fault("crop=1,2,3,101%", "crop"),
        Fault("crop=1,2,3,4,5", "crop"), Fault("crop=9999999,0,1,1", "crop"), Fault("rect=top", "rect"),
        Fault("format=tiff", "format"), Fault("format=heic", "format"), Fault("format=JPEG", "format"),
        Fault("auto=enhance", "auto"), Fault("auto=", "auto"), Fault("g=center,center", "g"),
        Fault("format=webp&fm=png", "fm"), Fault("lossless=2", "lossless"),
        Fault("lossless=1&format=jpeg", "lossless"), Fault("bg=12", "bg"), Fault("bg=ggg", "bg"),
        Fault("bg=80ff0000", "bg"), Fault("background=8F00", "background"), Fault("bg=rgb(1,2)", "bg"),
        Fault("bg=rgb(256,0,0)", "bg"), Fault("bg=rgb(0,0,0,2)", "bg"), Fault("bg=rgb(1,,2,3)", "bg"),
        Fault("bg=rgb(", "bg"),
        Fault("bg=rgb)", "bg"), Fault("bg=rgbx(1,2,3)", "bg"), Fault("bg=rgb(1 2 3 4)", "bg"),
        Fault("bg=rgb(1 2 3/1/1)", "bg"),
        Fault("text=a&text-color=f008", "text-color"), Fault("page=1", "page"), Fault("fm=png8", "fm"),
        Fault("bg=notacolour", "bg"), Fault("ar=3:2", "ar"), Fault("ar=3:2&w=1", "ar"),
        Fault("ar=3:0&w=1&fit=cover", "ar"),
        Fault("ar=3:2&w=1&h=1&fit=cover", "ar"), Fault("upscale=yes", "upscale"), Fault("metadata=all", "metadata"),
        Fault("fit=min", "fit"), Fault("fit=clamp", "fit"), Fault("fit=facearea", "fit"), Fault("max-w=5", "max-w"),
        Fault("min-h=5", "min-h"), Fault("cx=1", "cx"), Fault("ch=Width,DPR", "ch"), Fault("anim=2", "anim"),
        Fault("n=3", "n"), Fault("anim=true&frame=2", "frame"), Fault("crop=-1,0,9,9", "crop"),
        Fault("usm=5", "usm"), Fault("border=1,red", "border"), Fault("text=a&txt-color=80ffffff", "txt-color"),
        Fault("text=a&txt-color=8FFF", "txt-color"), Fault("precrop", "precrop"),
        Fault("crop=faces,entropy", "crop"),
        Fault("gravity=2x0", "gravity"), Fault("we&upscale=1", "upscale"), Fault("trim=256", "trim"),
        Fault("trim=1;2;3;4", "trim"), Fault("format=auto&format=jpeg", "format"), Fault("trim-tol=5", "trim-tol"),
        Fault("trim=5&trim-tol=5", "trim-tol"),
        Fault("trim-color=red", "trim-color"), Fault("fp-z=0.5", "fp-z"), Fault("fp-z=2&w=5", "fp-z"),
        Fault("fp-z=2&w=5&h=5&fit=cover&g=smart", "fp-z"), Fault("fp-z=2&w=5&h=5&fit=cover&rotate=3", "fp-z"),
        Fault("v=abc", "v"), Fault("v=zzzzzzzz", "v"), Fault("W=5", "W"), Fault("%00=1", nil),
        Fault("w=%00", "w"), Fault("w=%zz", "w"), Fault("%=1", "%"), Fault("=1", ""), Fault("w=%ff", "w"),
    ])
    func faultsNameTheirParameter(_ fault: Fault) {
        #expect {
            try Recipe(query: fault.query)
        } throws: { error in
            let error = error as? RecipeError
            return error?.parameter == fault.parameter && error?.detail.hasSuffix(".") == true
        }
    }

    /// What is said to words of other grammars, and to words with a letter too much.
    @Test(arguments: [
        ("max_bytes=1", "max-bytes"), ("maxBytes=1", "max-bytes"), ("W=1", "w"), ("widht=1", "width"),
        ("fromat=webp", "format"), ("overlay-z=1", "overlay-"), ("nothing=1", "sig, exp"), ("sepia=1", "tint"),
        ("page=1", "frame"), ("onerror=redirect", "error"), ("quality=high", "auto"), ("fm=png8", "png"),
        ("brightness=2", "bri=100"), ("saturation=0", "sat=-100"), ("bg=80ff0000", "rgba("), ("İ=1", "Known are"),
        ("txt-color=8fff&text=a", "%23"), ("sharpen=3", "sharp=75"), ("padding=5", "fit=pad"), ("w=%00", "UTF-8"),
    ])
    func adviceNamesTheWordToUse(_ query: String, _ word: String) {
        #expect {
            try Recipe(query: query)
        } throws: {
            ($0 as? RecipeError)?.detail.contains(word) == true
        }
    }

    @Test func aQueryIsBounded() {
        let long = "w=1&" + String(repeating: "x", count: Recipe.queryByteCountMax)
        #expect(throws: RecipeError.self) { try Recipe(query: long) }
    }

    @Test func noInputTrapsTheParser() {
        var random = SeededRandom(seed: 7)
        let pieces = [
            "w", "h", "=", "&", "%", "0", "9", "320", "fit", "cover", ",", ":", ".", "crop", "fp", "-x", "auto",
            "format", "%25",
            "é", "\u{0}", "ar", "3:2", "bg", "fff", "#", "+", " ", "dpr", "gravity", "top-left", "%e2%82", "v", "q",
            "-",
            "blur", "bri", "mod", "filt", "tint", "gamma", "px",
        ]
        for _ in 0..<20_000 {
            let query = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            guard let recipe = try? Recipe(query: query) else { continue }
            let facts = PictureFacts.sample(333, 517)
            guard let settled = try? recipe.settled(for: facts) else { continue }
            let again = try? Recipe(query: settled.text).settled(for: facts)
            #expect(again == settled, "?\(query) is ?\(settled.text)")
        }
    }

    @Test func acceptCountsNamedFormatsOnly() {
        #expect(AcceptedFormats(accept: nil) == [])
        #expect(AcceptedFormats(accept: "*/*, image/*") == [])
        #expect(AcceptedFormats(accept: "image/avif,image/webp,*/*;q=0.8") == [.avif, .webp])
        #expect(AcceptedFormats(accept: "image/webp;q=0.5, IMAGE/AVIF") == [.avif, .webp])
        #expect(AcceptedFormats(accept: "image/avif;q=0, image/webp; q=0.0") == [])
        #expect(AcceptedFormats(accept: ",;,=,") == [])
    }
}
