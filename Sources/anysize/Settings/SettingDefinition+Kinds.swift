import AnysizeServer
import Redis
import S3

/// A field of the settings.
typealias Field<Value> = any WritableKeyPath<Settings, Value> & Sendable

extension SettingDefinition {
    /// A number without fraction.
    static func integer(
        _ key: String, _ field: Field<Int>, unit: String? = nil, in range: ClosedRange<Int>,
        default note: String? = nil, _ meaning: String
    ) -> Self {
        let span = "\(WholeNumber.spell(range.lowerBound)) to \(WholeNumber.spell(range.upperBound))"
        return make(
            key, field, type: unit.map { "integer, \($0)" } ?? "integer", range: span, default: note, meaning,
            show: SettingValue.integer
        ) { text throws(Disallowed) in
            guard let number = WholeNumber.parse(text), range.contains(number) else {
                throw Disallowed("must be a whole number from \(span)")
            }
            return number
        }
    }

    /// A number of bytes.
    static func bytes(
        _ key: String, _ field: Field<Int>, unit: String = "bytes", in range: ClosedRange<Int>, _ meaning: String
    ) -> Self {
        let span = "\(ByteCount.spell(range.lowerBound)) to \(ByteCount.spell(range.upperBound))"
        return make(key, field, type: unit, range: span, meaning, show: SettingValue.bytes) { text throws(Disallowed) in
            guard let count = ByteCount.parse(text), range.contains(count) else {
                throw Disallowed("must be a number of bytes from \(span), such as 750000, 64MB or 1GiB")
            }
            return count
        }
    }

    /// A time that may have a fraction.
    static func seconds(
        _ key: String, _ field: Field<Double>, in range: ClosedRange<Double>, _ meaning: String
    ) -> Self {
        let span = "\(DecimalSeconds.spell(range.lowerBound)) to \(DecimalSeconds.spell(range.upperBound))"
        return make(key, field, type: "seconds", range: span, meaning, show: SettingValue.seconds) {
            text throws(Disallowed) in
            guard let seconds = DecimalSeconds.parse(text), range.contains(seconds) else {
                throw Disallowed("must be a number of seconds from \(span), such as 2 or 0.5")
            }
            return seconds
        }
    }

    /// One of a few words.
    static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String, _ field: Field<Value>, default note: String? = nil, _ meaning: String
    ) -> Self {
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return make(key, field, type: "word", range: words, default: note, meaning, show: { .text($0.rawValue) }) {
            text throws(Disallowed) in
            guard let value = Value(rawValue: text) else { throw Disallowed("must be one of \(words)") }
            return value
        }
    }

    /// An address to listen on.
    static func host(_ key: String, _ field: Field<String>, _ meaning: String) -> Self {
        make(key, field, type: "address", range: "an IP address or host name", meaning, show: SettingValue.text) {
            text throws(Disallowed) in
            let isHost = text.utf8.allSatisfy { byte in
                byte.isLetterOrDigit || ".-_:%".utf8.contains(byte)
            }
            guard !text.isEmpty, isHost else {
                throw Disallowed("must be an IP address or a host name, without brackets and without a port")
            }
            return text
        }
    }

    /// A directory.
    static func path(_ key: String, _ field: Field<String>, _ meaning: String) -> Self {
        make(
            key, field, type: "path", range: "absolute, or relative to the working directory", meaning,
            show: SettingValue.text
        ) { text throws(Disallowed) in
            guard !text.isEmpty, !text.utf8.contains(0) else { throw Disallowed("must be the path of a directory") }
            return text
        }
    }

    /// Where originals are.
    static func storeURL(_ key: String, _ field: Field<StoreLocation>, _ meaning: String) -> Self {
        make(
            key, field, type: "URL", range: "`file:`, `file:/absolute/path`, `s3://bucket/prefix?…`", meaning,
            show: { .text($0.description) }, parse: StoreLocation.init
        )
    }

    /// Where Redis is; it may hold a password.
    static func redisURL(_ key: String, _ field: Field<RedisAddress?>, _ meaning: String) -> Self {
        Self(
            key: key, type: "URL", range: "`redis://user:password@host:port/database`, `rediss://` for TLS",
            defaultText: "(none)", meaning: meaning, isSecret: true,
            set: { text, settings throws(Disallowed) in
                guard !text.isEmpty else {
                    settings[keyPath: field] = nil
                    return
                }
                guard let address = RedisAddress(text) else {
                    throw Disallowed(
                        "must be redis://host:port/database, or rediss:// for TLS, with a password as user:password@")
                }
                settings[keyPath: field] = address
            },
            value: { settings, masked in
                guard let address = settings[keyPath: field] else { return .text("") }
                return .text(masked ? address.description : address.url)
            }
        )
    }

    // An empty text stands for none in those that have none by default: variables that are set to nothing are common in Compose files.

    /// A file that is there or isn't.
    static func file(_ key: String, _ field: Field<String>, _ meaning: String) -> Self {
        make(
            key, field, type: "path", range: "absolute, or relative to the working directory", default: "(none)",
            meaning,
            show: SettingValue.text
        ) { text throws(Disallowed) in
            guard !text.utf8.contains(0) else { throw Disallowed("must be the path of a file") }
            return text
        }
    }

    /// The name of a key, which is no secret.
    static func keyID(_ key: String, _ field: Field<String>, _ meaning: String) -> Self {
        make(key, field, type: "text", range: "printable ASCII", default: "(none)", meaning, show: SettingValue.text) {
            text throws(Disallowed) in
            guard isOneWord(text) else { throw Disallowed("must be printable ASCII without blanks") }
            return text
        }
    }

    /// A secret itself, for where its digest won't do.
    static func secret(_ key: String, _ field: Field<Secret>, _ meaning: String) -> Self {
        Self(
            key: key, type: "secret", range: "printable ASCII", defaultText: "(none)", meaning: meaning, isSecret: true,
            set: { text, settings throws(Disallowed) in
                guard isOneWord(text) else { throw Disallowed("must be printable ASCII without blanks") }
                settings[keyPath: field] = Secret(text)
            },
            value: { settings, masked in
                let secret = settings[keyPath: field].revealed
                return .text(secret.isEmpty ? "" : masked ? "(secret)" : secret)
            }
        )
    }

    /// Or none at all.
    private static func isOneWord(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Named digests of secrets.
    static func keys(_ key: String, _ field: Field<[APIKey]>, _ meaning: String) -> Self {
        Self(
            key: key, type: "list", range: "`name:scope+scope:digest`, separated by commas or blanks, or a YAML list",
            defaultText: "(none)", meaning: meaning, isSecret: true, isList: true,
            set: { text, settings throws(Disallowed) in settings[keyPath: field] = try APIKey.list(text) },
            value: { settings, masked in .list(settings[keyPath: field].map { masked ? $0.maskedEntry : $0.entry }) }
        )
    }

    /// Named secrets that URLs are signed with.
    static func signingKeys(
        _ key: String, _ field: Field<[SigningKey]>, byteCountMin: Int, _ meaning: String
    ) -> Self {
        Self(
            key: key, type: "list",
            range:
                "`name:secret` of at least \(byteCountMin) characters, separated by commas or blanks, or a YAML list",
            defaultText: "(none)", meaning: meaning, isSecret: true, isList: true,
            set: { text, settings throws(Disallowed) in
                settings[keyPath: field] = try SigningKey.list(text, byteCountMin: byteCountMin)
            },
            value: { settings, masked in .list(settings[keyPath: field].map { masked ? "\($0)" : $0.entry }) }
        )
    }

    /// Recipes with names.
    static func presets(_ key: String, _ field: Field<[NamedRecipe]>, _ meaning: String) -> Self {
        Self(
            key: key, type: "map", range: "`name:recipe`, separated by blanks, or a YAML map or list",
            defaultText: "(none)", meaning: meaning, isMap: true,
            set: { text, settings throws(Disallowed) in settings[keyPath: field] = try NamedRecipe.list(text) },
            value: { settings, _ in .list(settings[keyPath: field].map(\.description)) }
        )
    }

    /// Addresses, by what they begin with.
    static func networks(_ key: String, _ field: Field<[IPNetwork]>, _ meaning: String) -> Self {
        Self(
            key: key, type: "list",
            range: "addresses and networks such as `10.0.0.0/8`, separated by commas or blanks, or a YAML list",
            defaultText: "(none)", meaning: meaning, isList: true,
            set: { text, settings throws(Disallowed) in
                let words = text.split { $0 == "," || $0.isWhitespace }
                let networks = words.map { IPNetwork($0) }
                let faults = networks.indices.filter { networks[$0] == nil }.map {
                    "entry \($0 + 1) must be an IP address, or a network whose further bits are zero, such as 10.0.0.0/8"
                }
                guard faults.isEmpty else { throw Disallowed(reasons: faults) }
                settings[keyPath: field] = networks.compactMap { $0 }
            },
            value: { settings, _ in .list(settings[keyPath: field].map(\.description)) }
        )
    }

    /// Formats beyond the usual ones, by their words.
    static func extraFormats(_ key: String, _ field: Field<[ExtraFormat]>, _ meaning: String) -> Self {
        Self(
            key: key, type: "list", range: "\(ExtraFormat.words); separated by commas or blanks, or a YAML list",
            defaultText: "(none)", meaning: meaning, isList: true,
            set: { text, settings throws(Disallowed) in settings[keyPath: field] = try ExtraFormat.list(text) },
            value: { settings, _ in .list(settings[keyPath: field].map(\.description)) }
        )
    }

    /// What all kinds but lists share.
    private static func make<Value>(
        _ key: String, _ field: Field<Value>, type: String, range: String, default note: String? = nil,
        _ meaning: String, show: @escaping @Sendable (Value) -> SettingValue,
        parse: @escaping @Sendable (String) throws(Disallowed) -> Value
    ) -> Self {
        Self(
            key: key, type: type, range: range,
            defaultText: note ?? "`\(show(Settings()[keyPath: field]))`", meaning: meaning,
            set: { text, settings throws(Disallowed) in settings[keyPath: field] = try parse(text) },
            value: { settings, _ in show(settings[keyPath: field]) }
        )
    }
}
