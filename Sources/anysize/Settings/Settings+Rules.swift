import AnysizeEngine
import Redis
import S3

extension Settings {
    /// The faults that only show when several keys are looked at together.
    ///
    /// - Parameter blamed: keys already at fault, about which nothing more is said.
    func brokenRules(except blamed: Set<String>) -> [SettingFault] {
        var faults: [SettingFault] = []
        if blamed.isDisjoint(with: ["http.host", "api.keys"]), api.keys.isEmpty, !Self.isLoopback(http.host) {
            faults.append(
                fault(
                    "http.host", http.host,
                    """
                    must be a loopback address (127.0.0.0/8, ::1 or localhost) while api.keys is empty, because anyone \
                    who reaches it may upload and delete; make a key with: \
                    anysize keys create NAME --scopes upload,delete,read
                    """
                )
            )
        }
        if blamed.isDisjoint(with: ["http.port", "operations.port"]), http.port == operations.port, http.port != 0 {
            faults.append(
                fault("operations.port", "\(operations.port)", "must differ from http.port, or be 0 for any free port")
            )
        }
        if blamed.isDisjoint(with: ["store.key.id", "store.key.secret"]),
            store.keyID.isEmpty != store.keySecret.revealed.isEmpty
        {
            let missing = store.keyID.isEmpty ? "store.key.id" : "store.key.secret"
            faults.append(
                SettingFault(
                    subject: missing, key: missing, origin: origin(of: missing), value: nil,
                    reason: "must be set, since its counterpart is", isUsage: false
                )
            )
        }
        if blamed.isDisjoint(with: ["redis.url", "redis.authority.file"]), redis.address?.usesTLS == true,
            !redis.authorityFile.isEmpty, let reason = RedisProof.fault(ofAuthority: redis.authorityFile)
        {
            faults.append(fault("redis.authority.file", redis.authorityFile, reason))
        }
        let helperKeys: Set = ["helper.memory.bytes", "upload.bytes.max", "output.pixels.max", "pyramid.axis.max"]
        let needed = helpers(executable: "").sharedByteCount + 600_000_000
        if blamed.isDisjoint(with: helperKeys), helper.memoryBytes < needed {
            faults.append(
                fault(
                    "helper.memory.bytes", "\(helper.memoryBytes)",
                    """
                    must be at least \(needed) bytes with these upload.bytes.max and output.pixels.max: helpers share as much \
                    with the service, and need room to work
                    """
                )
            )
        }
        return faults
    }

    /// Whether only this machine reaches what listens on `host`.
    ///
    /// Spelled in full only: a name that merely begins like a loopback address, such as `127.0.0.1.example.org`, is none.
    static func isLoopback(_ host: String) -> Bool {
        if host == "::1" || host.lowercased() == "localhost" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets.first == "127" && octets.allSatisfy { UInt8($0) != nil }
    }

    private func fault(_ key: String, _ value: String, _ reason: String) -> SettingFault {
        SettingFault(subject: key, key: key, origin: origin(of: key), value: value, reason: reason, isUsage: false)
    }
}
