#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// What requests are signed with.
package struct S3Credentials: Hashable, Sendable, CustomStringConvertible {
    package let accessKeyID: String
    package let secretAccessKey: Secret
    /// Goes with temporary credentials.
    package let sessionToken: Secret?
    /// When they stop working; nil where they don't.
    package let expires: Date?

    package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expires: Date? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = Secret(secretAccessKey)
        self.sessionToken = sessionToken.map(Secret.init)
        self.expires = expires
    }

    /// The id is no secret, but a hint at whose they are: its end is enough to tell two apart.
    package var description: String { "credentials …\(accessKeyID.suffix(4))" }
}

/// Text that no log line, error or debugger's dump shows by accident.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself. Whoever asks for it takes care of it.
    package let revealed: String

    package init(_ text: String) { revealed = text }

    package var description: String { "(secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
