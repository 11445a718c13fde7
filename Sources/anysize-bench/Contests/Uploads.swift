/// New originals: hashed, stored, decoded, levels made.
struct Uploads {
    let bench: Bench

    func contests() throws -> [Contest] {
        let photograph = bench.photographs.main
        let anysize = try AnysizeServer(bench)
        let counter = Counter()
        return [
            Contest(
                name: "upload, \(photograph.pixelCount / 1_000_000) MP",
                contenders: [
                    Contender(name: "Anysize") { _ in
                        try anysize.sample(seconds: bench.seconds) { _ in .post("/img", photograph.copy(counter.next()))
                        }
                    },
                    Contender(name: "one full decode") { _ in
                        try Commands(bench: bench).loop(
                            photograph.path, seconds: bench.seconds, width: 1, height: 1, format: "decode", quality: 80,
                            threads: 1)
                    },
                ],
                bounds: [.atMost(3.5, .cost, of: "one full decode")])
        ]
    }
}
