import Foundation
import Testing

extension EndToEnd {
    /// HTTP as its specification has it.
    @Suite(.service()) struct Semantics {
        let service: RunningService
        let client: HTTPClient
        let id: String

        init() async throws {
            service = try #require(RunningService.current)
            client = service.client
            id = try await client.upload(Materials.fixture("photo.jpg")).id
        }

        // MARK: Ranges

        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                ("0-99", 0, 100), ("100-", 100, nil), ("-50", -50, nil), ("10-10", 10, 1), ("5-99999999", 5, nil),
            ]
                as [(String, Int, Int?)]
        )
        func aRangeIsCutFromTheWhole(_ range: String, start: Int, count: Int?) async throws {
            for path in ["/img/\(id)?w=200&format=jpeg", "/img/\(id)/original"] {
                let whole = try await client.get(path)
                #expect(whole["Accept-Ranges"] == "bytes")
                let first = start < 0 ? whole.body.count + start : start
                let last = count.map { first + $0 - 1 } ?? whole.body.count - 1
                let part = try await client.get(path, ["Range": "bytes=\(range)"])
                #expect(part.status == 206)
                #expect(part["Content-Range"] == "bytes \(first)-\(last)/\(whole.body.count)")
                #expect(part.body == whole.body[first...last])
                #expect(part["ETag"] == whole["ETag"])
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func aRangeBeyondTheEndIsNotSatisfiable() async throws {
            let whole = try await client.variant(id, "w=200&format=jpeg")
            for range in ["bytes=\(whole.body.count)-", "bytes=9999999-", "bytes=-0"] {
                let answer = try await client.variant(id, "w=200&format=jpeg", ["Range": range])
                #expect(answer.status == 416)
                #expect(answer["Content-Range"] == "bytes */\(whole.body.count)")
                #expect(answer["Content-Type"] == "application/problem+json")
                #expect(answer["Cache-Control"] == "no-store")
            }
        }

        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                "bytes=z", "bytes=9-3", "lines=1-2", "bytes=0-1,5-6", "bytes=-", "bytes",
                "bytes=1-99999999999999999999",
            ]
        )
        func aRangeThatCantBeReadIsIgnored(_ range: String) async throws {
            let whole = try await client.variant(id, "w=200&format=jpeg")
            let answer = try await client.variant(id, "w=200&format=jpeg", ["Range": range])
            #expect(answer.status == 200 && answer.body == whole.body)
        }

        @Test(.timeLimit(.minutes(1)))
        func aRangeOfAnotherVersionGivesTheWhole() async throws {
            let whole = try await client.variant(id, "w=200&format=jpeg")
            let tag = try #require(whole["ETag"])
            for (condition, status) in [(tag, 206), ("\"other\"", 200)] {
                let headers = ["Range": "bytes=0-9", "If-Range": condition]
                #expect(try await client.variant(id, "w=200&format=jpeg", headers).status == status)
            }
        }

        // MARK: HEAD and conditions

        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                "/img/{id}?w=201&format=webp", "/img/{id}?w=201&format=auto", "/img/{id}/info", "/img/{id}/original",
                "/img", "/img/none?w=1", "/img/{id}?w=0", "/img/none/info", "/nothing",
            ]
        )
        func headIsGetWithoutItsBody(_ path: String) async throws {
            let target = path.replacing("{id}", with: id)
            _ = try await client.get(target)
            let port = service.port
            let (head, get) = try await onOwnThread {
                // On one connection, where a body that shouldn't be there would garble what follows.
                let connection = try RawConnection(port: port)
                try connection.send("HEAD \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                let head = try connection.answer(hasBody: false)
                try connection.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return (head, try connection.answer())
            }
            #expect(head.status == get.status)
            #expect(comparable(head.headers) == comparable(get.headers))
            #expect(!get.body.isEmpty && head.body.isEmpty)
        }

        @Test(.timeLimit(.minutes(1)))
        func whatTheCallerHasIsNotSentAgain() async throws {
            let path = "/img/\(id)?w=210&format=png"
            let whole = try await client.get(path)
            let tag = try #require(whole["ETag"])
            for value in [tag, "W/\(tag)", "\"a\", \(tag)", "*"] {
                let answer = try await service.raw(
                    "GET \(path) HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \(value)\r\n\r\n")
                #expect(answer.status == 304 && answer["ETag"] == tag, "\(value)")
                #expect(answer["Cache-Control"] == whole["Cache-Control"], "\(value)")
                #expect(answer["Last-Modified"] == whole["Last-Modified"], "\(value)")
            }
            for value in ["\"other\"", "garbage", "\(tag)x", ""] {
                #expect(try await client.get(path, ["If-None-Match": value]).status == 200, "\(value)")
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func aKnownVariantIsConfirmedWithoutBeingRendered() async throws {
            try await withService { service in
                let id = try await service.client.upload(Materials.fixture("odd.jpg")).id
                let path = "/img/\(id)?w=211&format=png"
                let tag = try #require(try await service.client.get(path)["ETag"])
                try await service.restart()
                let answer = try await service.client.get(path, ["If-None-Match": tag])
                #expect(answer.status == 304)
                #expect(try await service.metric("anysize_renders_total") == 0)
                #expect(try await service.metric("anysize_cache_hits_total{tier=\"disk\"}") == 0)
            }
        }

        // MARK: Negotiation

        @Test(
            .timeLimit(.minutes(1)),
            arguments: [
                ("image/avif,image/webp,*/*", "avif"), ("image/webp,*/*", "webp"), ("*/*", "jpeg"), ("", "jpeg"),
                ("image/avif;q=0,image/webp", "webp"), ("text/html", "jpeg"),
            ]
        )
        func theBestAcceptedFormatIsServedAndCachesAreTold(_ accept: String, format: String) async throws {
            let headers = ["Accept": accept]
            let answer = try await client.variant(id, "w=160&format=auto", headers)
            #expect(answer.status == 200)
            #expect(answer["Content-Type"] == "image/\(format)")
            #expect(PictureHeader(answer.body)?.format == format)
            #expect(answer["Vary"] == "Accept")
            let tag = try #require(answer["ETag"])
            let again = try await client.variant(id, "w=160&format=auto", headers)
            #expect(again.origin == "memory" && again["Vary"] == "Accept" && again.body == answer.body)
            let known = try await client.variant(id, "w=160&format=auto", ["Accept": accept, "If-None-Match": tag])
            #expect(known.status == 304 && known["Vary"] == "Accept")
            // The same picture asked for by name is the same variant, and depends on nobody's wishes.
            let plain = try await client.variant(id, "w=160&format=\(format)", headers)
            #expect(plain["ETag"] == tag && plain.origin == "memory" && plain["Vary"] == nil)
        }

        @Test(.timeLimit(.minutes(1)))
        func errorsOfANegotiableURLVaryToo() async throws {
            #expect(try await client.variant("none", "w=1&format=auto")["Vary"] == "Accept")
            #expect(try await client.variant(id, "w=0&format=auto")["Vary"] == "Accept")
        }

        // MARK: Other sites

        @Test(.timeLimit(.minutes(1)), arguments: ["/img", "/img/x", "/img/x/info", "/anything"])
        func optionsTellOtherSitesWhatTheyMay(_ path: String) async throws {
            let answer = try await client.send("OPTIONS", path, ["Origin": "https://example.org"])
            #expect(answer.status == 204 && answer.body.isEmpty)
            #expect(answer["Access-Control-Allow-Origin"] == "*")
            // Without keys, scripts of other sites change nothing.
            #expect(answer["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS")
            #expect(answer["Access-Control-Allow-Headers"]?.contains("If-None-Match") == true)
            #expect(Int(answer["Access-Control-Max-Age"] ?? "") ?? 0 > 0)
        }

        @Test(.timeLimit(.minutes(1)))
        func picturesMayBeShownAnywhereAndOriginalsNowhere() async throws {
            let variant = try await client.variant(id, "w=100&format=webp", ["Origin": "https://example.org"])
            #expect(variant["Access-Control-Allow-Origin"] == "*")
            #expect(variant["Cross-Origin-Resource-Policy"] == "cross-origin")
            #expect(variant["X-Content-Type-Options"] == "nosniff")
            #expect(variant["Cache-Control"] == "public, max-age=31536000, immutable")
            let original = try await client.get("/img/\(id)/original")
            #expect(original["Content-Disposition"]?.hasPrefix("attachment") == true)
            #expect(original["Content-Security-Policy"]?.contains("sandbox") == true)
            #expect(original["Cache-Control"]?.contains("no-store") == true)
        }

        @Test(.timeLimit(.minutes(1)))
        func nothingIsModifiedInTheFuture() async throws {
            // Over more than a second, since that is how exact the dates are.
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
            var wrong = 0
            for _ in 0..<12 {
                let fresh = try await client.upload(Materials.uniqueJPEG(commentOf: 10)).id
                let answer = try await client.variant(fresh, "w=10&format=jpeg")
                let modified = try #require(answer["Last-Modified"].flatMap(formatter.date(from:)))
                let now = try #require(answer["Date"].flatMap(formatter.date(from:)))
                if modified > now { wrong += 1 }
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(wrong == 0, "Last-Modified was after Date, which RFC 9110, 8.8.2.1 forbids")
        }

        // MARK: Uploads

        @Test(.timeLimit(.minutes(1)))
        func theFilePartOfAFormIsTheUpload() async throws {
            let picture = try Materials.uniqueJPEG(commentOf: 30)
            let raw = try await client.upload(picture)
            var body = Data("--edge\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n".utf8)
            body += Data("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../x.exe\"\r\n".utf8)
            body += Data("Content-Type: text/html\r\n\r\n".utf8) + picture + Data("\r\n--edge--\r\n".utf8)
            let type = ["Content-Type": "multipart/form-data; boundary=edge"]
            let answer = try await client.post(body, type)
            #expect(answer.status == 200)
            #expect(try answer.json(OriginalInfo.self).id == raw.id)
            let named = try await client.put("from-a-form", body, type)
            #expect(named.status == 201)
            #expect(try await client.get("/img/from-a-form/original").body == picture)
        }

        @Test(.timeLimit(.minutes(1)))
        func aFormWithTwoFilesIsRefusedInWords() async throws {
            let part = "--edge\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n"
            let answer = try await client.post(
                Data((part + part + "--edge--\r\n").utf8), ["Content-Type": "multipart/form-data; boundary=edge"])
            #expect(answer.status == 400 && answer.problem?.parameter == "file")
            let detail = try #require(answer.problem?.detail)
            // Words for a person, not the name of a case in the source.
            #expect(!detail.contains("malformed(") && !detail.contains("\""), "\(detail)")
        }

        @Test(.timeLimit(.minutes(1)))
        func whoAsksBeforeSendingIsToldToGoOn() async throws {
            let picture = try Materials.uniqueJPEG(commentOf: 40)
            let port = service.port
            let (first, answer) = try await onOwnThread {
                let connection = try RawConnection(port: port)
                try connection.send(
                    "PUT /img/asked HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: \(picture.count)\r\n\r\n"
                )
                let first = try connection.status(within: 5)
                try connection.send(picture)
                return (first, try connection.answer())
            }
            #expect(first == 100 && answer.status == 201)
            #expect(try await client.get("/img/asked/original").body == picture)
        }

        @Test(.timeLimit(.minutes(1)))
        func pipelinedRequestsAreAnsweredInTurn() async throws {
            let widths = [31, 32, 33, 34, 35]
            let (port, id) = (service.port, id)
            let answers = try await onOwnThread {
                let connection = try RawConnection(port: port)
                let requests = widths.map { "GET /img/\(id)?w=\($0)&format=png HTTP/1.1\r\nHost: localhost\r\n\r\n" }
                try connection.send(requests.joined())
                return try widths.map { _ in try connection.answer() }
            }
            #expect(answers.map(\.status) == widths.map { _ in 200 })
            #expect(answers.map { PictureHeader($0.body)?.size.width } == widths)
        }

        /// Headers that must be the same, whichever way and whenever it is asked.
        private func comparable(_ headers: [String: String]) -> [String: String] {
            headers.filter { !["date", "server-timing", "cache-status"].contains($0.key) }
        }
    }
}
