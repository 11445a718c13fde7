import AnysizeCore
import AnysizeEngine
import Logging
import S3

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The store of originals that the settings name, and what it wants done for it.
struct ChosenStore: Sendable {
    let store: any OriginalStore
    /// Whether other nodes keep their originals there as well.
    let isShared: Bool
    /// Removes what a crash has left behind.
    /// - Returns: how much.
    let sweep: @Sendable () async -> Int
    /// Whether it can keep its promises at all, as far as can be told now.
    let prove: @Sendable () async -> S3Fitness

    /// - Parameter directory: where a file store keeps its originals, and any other the bytes of uploads under way.
    static func of(
        _ settings: Settings, in directory: DataDirectory, threads: FileThreads, logger: Logger
    ) throws -> ChosenStore {
        guard case .objectStore(let address) = settings.store.location else {
            let store = DiskOriginalStore(directory: directory, threads: threads)
            return ChosenStore(store: store, isShared: false, sweep: { await store.sweepOrphans() }, prove: { .fit })
        }
        let store = try objectStore(address, settings, staging: directory, threads: threads, logger: logger)
        return ChosenStore(
            store: store, isShared: true, sweep: { await store.sweepUploads(now: Int(Date().timeIntervalSince1970)) },
            prove: { await store.prove() }
        )
    }

    /// - Parameter staging: nil where nothing is to be taken in.
    static func objectStore(
        _ address: ObjectStoreAddress, _ settings: Settings, staging: DataDirectory?, threads: FileThreads,
        logger: Logger
    ) throws -> S3OriginalStore {
        let environment = ProcessInfo.processInfo.environment
        var rules = S3StoreRules()
        if let partsAbove = address.partsAbove { rules.singleByteCountMax = partsAbove }
        return S3OriginalStore(
            address.location(environment: environment), prefix: address.prefix,
            credentials: try settings.store.credentials(environment: environment), staging: staging, threads: threads,
            rules: rules, logger: logger
        )
    }
}

extension Settings.Store {
    /// Those of the settings, else those of the environment, else the machine's.
    func credentials(environment: [String: String]) throws(S3Error) -> S3CredentialsSource {
        guard !keyID.isEmpty else { return try .find(in: environment) }
        return .fixed(S3Credentials(accessKeyID: keyID, secretAccessKey: keySecret.revealed))
    }
}

extension Settings {
    /// Where originals are, for people.
    var storePlace: String {
        if case .objectStore = store.location { store.location.description } else { storeDirectory }
    }
}
