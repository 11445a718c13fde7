// swift-tools-version: 6.2
import PackageDescription

/// One set of compiler settings for everything that is ours.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let bytes: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let posix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let http1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let ssl: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")

// The arrows of the house; Sources/README.md says why each is there.
let package = Package(
    name: "anysize",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "anysize", targets: ["anysize"]),
        .executable(name: "anysize-bench", targets: ["anysize-bench"]),
        .executable(name: "vips-loop", targets: ["vips-loop"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        // 2.101.2 is a floor, not a taste: earlier versions let one request's header block crash the process.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration",
            from: "1.4.0",
            traits: ["CommandLineArguments", "YAML"]
        ),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CVips", pkgConfig: "vips", providers: [.apt(["libvips-dev"])]),
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CSandbox"),
        .systemLibrary(name: "CLinux"),
        .target(
            name: "Redis", dependencies: ["CHiredis", bytes, posix, ssl, log, metrics, lifecycle], swiftSettings: strict
        ),
        .target(name: "Sandbox", dependencies: ["CSandbox"], swiftSettings: strict),
        // Loops over every pixel of an original: without the optimiser they take a hundred times as long, in tests too.
        .target(
            name: "Resampling",
            swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]
        ),
        .target(name: "Vips", dependencies: ["CVips"], swiftSettings: strict),
        // Talks to S3-compatible servers; knows nothing of pictures.
        .target(name: "S3", dependencies: [httpClient, bytes, http1, crypto, log], swiftSettings: strict),
        .target(
            name: "AnysizeCore",
            dependencies: [bytes, crypto, log, metrics, lifecycle],
            swiftSettings: strict
        ),
        .target(
            name: "AnysizeEngine",
            dependencies: [
                "AnysizeCore", "Vips", "Resampling", "Sandbox", "Redis", "S3", "CLinux", bytes, posix, crypto, log,
                metrics,
                lifecycle,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "AnysizeServer",
            dependencies: [
                "AnysizeCore", hummingbird, bytes, posix, log, metrics, lifecycle, crypto,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "AnysizeClient",
            dependencies: [
                "AnysizeCore", httpClient, bytes, posix, crypto,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "anysize",
            dependencies: [
                "AnysizeServer", "AnysizeEngine", "AnysizeClient", "AnysizeCore", "S3", "Redis", lifecycle, log,
                metrics,
                bytes, posix,
                crypto,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
            ],
            swiftSettings: strict
        ),
        // The benchmark and its yardstick; the service doesn't know them.
        .executableTarget(
            name: "anysize-bench",
            dependencies: ["CLinux", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: strict
        ),
        .executableTarget(name: "vips-loop", dependencies: ["CVips"]),
        .target(
            name: "AnysizeTesting",
            dependencies: ["AnysizeCore", bytes, posix],
            path: "Tests/Support",
            swiftSettings: strict
        ),
        .testTarget(
            name: "RedisTests", dependencies: ["Redis", "AnysizeTesting", bytes, posix, log, metrics, lifecycle],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "sandbox-probe", dependencies: ["Sandbox"], path: "Tests/SandboxProbe", swiftSettings: strict
        ),
        .testTarget(name: "SandboxTests", dependencies: ["Sandbox", "sandbox-probe"], swiftSettings: strict),
        .testTarget(
            name: "S3Tests",
            dependencies: ["S3", "AnysizeTesting", bytes, http1],
            swiftSettings: strict
        ),
        .testTarget(name: "ResamplingTests", dependencies: ["Resampling"], swiftSettings: strict),
        .testTarget(name: "VipsTests", dependencies: ["Vips", "AnysizeTesting", bytes], swiftSettings: strict),
        .testTarget(
            name: "AnysizeCoreTests",
            dependencies: ["AnysizeCore", "AnysizeTesting", bytes, log, lifecycle],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AnysizeEngineTests",
            dependencies: [
                "AnysizeEngine", "AnysizeCore", "AnysizeTesting", "Vips", "Sandbox", "Redis", "S3", "anysize", bytes,
                posix,
                log,
                metrics,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AnysizeServerTests",
            dependencies: [
                "AnysizeServer", "AnysizeCore", "AnysizeTesting", hummingbird, bytes, posix, lifecycle, log, metrics,
                crypto,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AnysizeClientTests",
            dependencies: [
                "AnysizeClient", "AnysizeCore", "AnysizeTesting", bytes, posix,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ConsoleTests",
            dependencies: [
                "anysize", "AnysizeClient", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SettingsTests",
            dependencies: [
                "anysize", "AnysizeCore", "AnysizeServer", "S3",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "anysize", "AnysizeEngine", "AnysizeClient", "AnysizeCore", "AnysizeTesting", bytes, posix,
            ],
            swiftSettings: strict
        ),
    ]
)
