#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where originals are kept, as `store.url` says it.
enum StoreLocation: Sendable, Equatable, CustomStringConvertible {
    /// In `data.directory`.
    case dataDirectory
    /// In a directory of their own, by its absolute path.
    case directory(String)

    /// In a bucket.
    case objectStore(ObjectStoreAddress)

    /// Takes `file:`, `file:/path` and `file:///path` (RFC 8089), and `s3://bucket/prefix`.
    init(_ text: String) throws(Disallowed) {
        guard text != "file:" else {
            self = .dataDirectory
            return
        }
        guard let url = URL(string: text), let scheme = url.scheme else {
            throw Disallowed("must be file:, file:/absolute/path or s3://bucket/prefix")
        }
        if scheme == "s3", let components = URLComponents(string: text) {
            self = .objectStore(try ObjectStoreAddress(components))
            return
        }
        guard scheme == "file" else {
            throw Disallowed("only file: and s3: are supported, as file:, file:/absolute/path or s3://bucket/prefix")
        }
        guard (url.host ?? "").isEmpty, url.query == nil, url.fragment == nil, url.path.hasPrefix("/") else {
            throw Disallowed("must be file: or file:/absolute/path, without host, query and fragment")
        }
        self = .directory(url.path)
    }

    var description: String {
        switch self {
        case .dataDirectory: "file:"
        case .directory(let path): "file:\(path)"
        case .objectStore(let address): "\(address)"
        }
    }
}
