/// Where credentials come from.
package enum S3CredentialsSource: Hashable, Sendable {
    case fixed(S3Credentials)
    /// A container's own endpoint, as ECS and EKS have it.
    case container(url: String, ContainerAuthorization)
    /// The endpoint of the machine, as EC2 has it.
    case instance(endpoint: String)

    /// What a container's endpoint wants to be shown.
    package enum ContainerAuthorization: Hashable, Sendable {
        case none
        case token(Secret)
        /// A file with the token, read anew each time, for it is renewed.
        case file(String)
    }

    /// What the environment of a process says, in the order of AWS's own tools: keys, container, machine.
    package static func find(in environment: [String: String]) throws(S3Error) -> S3CredentialsSource {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let id = value("AWS_ACCESS_KEY_ID") {
            guard let secret = value("AWS_SECRET_ACCESS_KEY") else {
                throw .noCredentials(detail: "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY")
            }
            return .fixed(
                S3Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: value("AWS_SESSION_TOKEN"))
            )
        }
        let authorization: ContainerAuthorization =
            value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map { .file($0) }
            ?? value("AWS_CONTAINER_AUTHORIZATION_TOKEN").map { .token(Secret($0)) } ?? .none
        if let path = value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            guard path.hasPrefix("/") else {
                throw .noCredentials(detail: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash")
            }
            return .container(url: "http://169.254.170.2" + path, authorization)
        }
        if let url = value("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            guard isTrusted(url) else {
                throw .noCredentials(
                    detail:
                        "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or on this machine or the link's own address"
                )
            }
            return .container(url: url, authorization)
        }
        guard value("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true" else {
            throw .noCredentials(detail: "none are set, and AWS_EC2_METADATA_DISABLED rules out those of the machine")
        }
        return .instance(endpoint: value("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254")
    }

    /// Tokens in the clear go nowhere but to this machine, and to where ECS and EKS have their endpoints.
    private static func isTrusted(_ url: String) -> Bool {
        if url.hasPrefix("https://") { return true }
        guard url.hasPrefix("http://") else { return false }
        let authority = url.dropFirst(7).prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { return false }
        let host =
            authority.hasPrefix("[")
            ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        if octets.count == 4, octets[0] == "127", octets.allSatisfy({ UInt8($0) != nil }) { return true }
        return ["localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"].contains(String(host))
    }
}
