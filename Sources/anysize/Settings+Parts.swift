import AnysizeCore
import AnysizeEngine
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
            frameCountMax: upload.framesMax, extraFormats: extraFormats
        )
    }

    var extraFormats: Set<ImageFormat> { Set(formats.extra.map(\.format)) }

    /// Without any tier there is nowhere to keep levels, and making them for one render each would be a waste.
    var pyramidRule: Pyramid {
        let hasTier = cache.memoryBytes > 0 || cache.diskBytes > 0
        return Pyramid(isEnabled: pyramid.enabled == .on && hasTier, sideMax: pyramid.axisMax)
    }

    /// - Parameters:
    ///   - executable: the path of this program.
    ///   - jobCount: at once; nil for what uploads and renders need together, so that neither waits for the other.
    func helpers(executable: String, jobCount: Int? = nil) -> HelperPool.Configuration {
        var helpers = HelperPool.Configuration(
            executable: executable, jobCount: jobCount ?? upload.threads + render.threads)
        helpers.memoryByteCountMax = helper.memoryBytes
        helpers.jobProcessorSeconds = helper.processorSeconds
        helpers.demandsWholeSandbox = helper.sandbox == .required
        helpers.extraFormats = formats.extra.map(\.format)
        helpers.inputByteCountMax = upload.bytesMax
        helpers.levelByteCountMax = pyramid.axisMax * pyramid.axisMax * 5 + 100_000
        // PNG of noise is the largest that a variant can get.
        helpers.outputByteCountMax = max(output.pixelsMax * 5, pyramid.axisMax * pyramid.axisMax * 6)
        return helpers
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

    /// Nil where clients may do as much as there is time for.
    func clientLimits(sharedBy shared: (any SharedRates)?) -> ClientLimits? {
        var limits: [LimitedWork: RateLimit] = [:]
        if client.rendersPerMinute > 0 {
            limits[.render] = RateLimit(perMinute: client.rendersPerMinute, burst: client.rendersBurst)
        }
        if client.uploadsPerMinute > 0 {
            limits[.upload] = RateLimit(perMinute: client.uploadsPerMinute, burst: client.uploadsBurst)
        }
        guard !limits.isEmpty else { return nil }
        return ClientLimits(ClientRates(limits, shared: shared), proxies: client.proxies)
    }

    var keyRing: KeyRing { KeyRing(api.keys) }

    /// Each was checked as it was read.
    var presetRecipes: Presets {
        let recipes = Dictionary(uniqueKeysWithValues: presets.named.map { ($0.name, $0.query) })
        guard let all = try? Presets(recipes, isLocked: presets.locked == .on) else {
            preconditionFailure("A preset that was checked can't be read.")
        }
        return all
    }

    var urlSigning: URLSigning {
        URLSigning(keys: signing.keys, imgixTokens: signing.imgixTokens, byteCount: signing.bytes)
    }
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
