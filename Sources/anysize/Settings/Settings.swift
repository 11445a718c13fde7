import AnysizeServer
import Logging
import Redis
import S3

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What an operator can choose, read once at start and valid as a whole.
///
/// The fields hold the defaults. Their keys, ranges and meanings are in `SettingDefinition.all`, which is also what the
/// README's table is printed from. A field is called as its key: `http.cache.seconds` is `http.cacheSeconds`.
struct Settings: Sendable {
    var http = HTTP()
    var operations = Operations()
    var data = DataSettings()
    var store = Store()
    var redis = RedisSettings()
    var api = API()
    var signing = Signing()
    var client = Client()
    var render = Render()
    var upload = Upload()
    var formats = Formats()
    var helper = Helper()
    var pyramid = PyramidSettings()
    var presets = PresetSettings()
    var output = Output()
    var cache = Cache()
    var shutdown = Shutdown()
    var log = Log()

    /// Where the value of each key came from.
    var origins: [String: Origin] = [:]

    /// What looks like a mistake but may be none; a line each, to be shown or logged at start.
    var warnings: [String] = []

    /// The public listener, and what its answers say.
    struct HTTP: Sendable {
        var host = "127.0.0.1"
        /// 0 for any free one.
        var port = 8080
        var cacheSeconds = 60
        var cacheStaleSeconds = 600
        var lane = Switch.on
        var connectionsMax = 4096
        var headerSeconds = 10.0
        /// Above the 60 seconds that load balancers keep a connection by default, so that they close it first.
        var idleSeconds = 75.0
        var bodySeconds = 300.0
        /// Bytes per second; 0 for no minimum.
        var bodyRateMin = 10_000
        /// Bytes per second; 0 for no minimum.
        var writeRateMin = 10_000
    }

    /// The listener for health and metrics.
    struct Operations: Sendable {
        var host = "127.0.0.1"
        /// 0 for any free one.
        var port = 8081
    }

    /// What this node keeps on disk.
    struct DataSettings: Sendable {
        var directory = "./data"
    }

    /// Where originals are.
    struct Store: Sendable {
        var location = StoreLocation.dataDirectory
        /// Empty for what the environment or the machine has.
        var keyID = ""
        /// Goes with it.
        var keySecret = Secret("")
        /// How old may be what is told of an original without having heard of other nodes.
        var recordSeconds = 2.0
    }

    /// What nodes share.
    struct RedisSettings: Sendable {
        /// Nil for a node on its own.
        var address: RedisAddress?
        /// Empty for the authorities of the system.
        var authorityFile = ""
    }

    /// Who may upload, delete and read.
    struct API: Sendable {
        /// With none, every caller may do everything, and `http.host` is a loopback address.
        var keys: [APIKey] = []
    }

    /// Who may make URLs of pictures.
    struct Signing: Sendable {
        /// With none of these and no tokens, everyone may.
        var keys: [SigningKey] = []
        /// Of imgix's clients.
        var imgixTokens: [SigningKey] = []
        /// Of a signature.
        var bytes = URLSigning.byteCountMax
    }

    /// What one client may have done.
    struct Client: Sendable {
        /// 0 for any number.
        var rendersPerMinute = 0
        /// A few pages full of new pictures.
        var rendersBurst = 300
        /// 0 for any number.
        var uploadsPerMinute = 0
        var uploadsBurst = 60
        /// Whose word of where a request comes from is taken.
        var proxies: [IPNetwork] = []
    }

    /// The making of variants.
    struct Render: Sendable {
        /// One a core, within the range of `render.threads` even on the largest machines.
        var threads = min(256, ProcessInfo.processInfo.activeProcessorCount)
        var queueSeconds = 5.0
        var avifWaitSeconds = 1.0
        var deadlineSeconds = 15.0
    }

    /// The taking in of originals.
    struct Upload: Sendable {
        /// Half the cores, so that uploads leave room for renders; within the range of `upload.threads`.
        var threads = min(64, max(1, ProcessInfo.processInfo.activeProcessorCount / 2))
        var deadlineSeconds = 30.0
        var bytesMax = 50_000_000
        var pixelsMax = 100_000_000
        var axisMax = 32_767
        var framesMax = 250
    }

    /// What originals may be.
    struct Formats: Sendable {
        /// Beyond the usual ones.
        var extra: [ExtraFormat] = []
    }

    /// The processes that decode originals.
    struct Helper: Sendable {
        var memoryBytes = 2_000_000_000
        /// The largest picture that the limits allow takes about half of it on a slow core.
        var processorSeconds = 6
        var sandbox = SandboxDemand.available
    }

    /// The levels of originals.
    struct PyramidSettings: Sendable {
        var enabled = Switch.on
        var axisMax = 2048
    }

    /// Recipes with names.
    struct PresetSettings: Sendable {
        var named: [NamedRecipe] = []
        /// Whether nothing else is served.
        var locked = Switch.off
    }

    /// The bounds of a variant.
    struct Output: Sendable {
        var pixelsMax = 40_000_000
    }

    /// The tiers; 0 turns one off.
    struct Cache: Sendable {
        var memoryBytes = 256_000_000
        var diskBytes = 10_000_000_000
        var redisTTLSeconds = 86_400
        /// Of the largest variant that is shared.
        var redisVariantBytes = 200_000
    }

    /// How the process leaves.
    struct Shutdown: Sendable {
        var delaySeconds = 2.0
        var timeoutSeconds = 30.0
    }

    /// What is written to standard error.
    struct Log: Sendable {
        var level = Logger.Level.info
        /// 1 for a line each, 0 for none.
        var hitsPerLine = 100
        var format: LogFormat = Terminal.isAtStandardError ? .text : .json
    }

    /// The directory that holds originals, or uploads under way where they are kept elsewhere.
    var storeDirectory: String {
        switch store.location {
        case .dataDirectory, .objectStore: data.directory
        case .directory(let path): path
        }
    }
}

/// Whether something is on. Its words are those of YAML.
enum Switch: String, CaseIterable, Sendable {
    case on = "true"
    case off = "false"
}

/// What is demanded of the sandbox that helpers are in.
enum SandboxDemand: String, CaseIterable, Sendable {
    /// Every layer; the service doesn't start without.
    case required
    /// Those that the kernel or container offers; the others are logged at the start.
    case available
}

/// How a line of the log is written.
enum LogFormat: String, CaseIterable, Sendable {
    case text, json
}
