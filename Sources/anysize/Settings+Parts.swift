import AnysizeCore
import AnysizeServer
import ArgumentParser
import Logging

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Settings in the shapes that the parts of the house take them.
extension Settings {
    var headerLimits: HeaderLimits {
        HeaderLimits(
            byteCountMax: upload.bytesMax, axisMax: upload.axisMax, pixelCountMax: upload.pixelsMax,
            frameCountMax: upload.framesMax
        )
    }

    var outputLimits: OutputLimits { OutputLimits(pixelCountMax: output.pixelsMax) }

    var connectionLimits: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.connectionCountMax = http.connectionsMax
        limits.headerSecondsMax = http.headerSeconds
        limits.idleSecondsMax = http.idleSeconds
        limits.bodySecondsMax = http.bodySeconds
        limits.bodyBytesPerSecondMin = http.bodyRateMin
        limits.writeBytesPerSecondMin = http.writeRateMin
        return limits
    }

    var keyRing: KeyRing { KeyRing(api.keys) }
}

extension Settings.Log {
    /// Text for people, JSON for machines; both on standard error.
    var handlerFactory: @Sendable (String) -> any LogHandler {
        switch format {
        case .text: { StreamLogHandler.standardError(label: $0) }
        case .json: { JSONLogHandler(label: $0) }
        }
    }
}
