import AnysizeServer

extension SettingDefinition {
    /// Every key there is, in the order in which they are listed.
    static let all: [SettingDefinition] =
        listening + signing + clients + originals + rendering + caching + connections + process

    private static let listening: [SettingDefinition] = [
        .host(
            "http.host", \.http.host,
            "Address of the public listener; anything but a loopback address needs `api.keys`."
        ),
        .integer(
            "http.port", \.http.port, in: 0...65_535,
            "Port of the public listener; 0 takes any free one."
        ),
        .host(
            "operations.host", \.operations.host,
            "Address of the listener for health and metrics, which knows no keys."
        ),
        .integer(
            "operations.port", \.operations.port, in: 0...65_535,
            "Port of the listener for health and metrics, different from `http.port`; 0 takes any free one."
        ),
        .keys(
            "api.keys", \.api.keys,
            "Who may upload, delete and read originals, as `anysize keys create` prints them; with none, everyone may."
        ),
    ]

    private static let signing: [SettingDefinition] = [
        .signingKeys(
            "signing.keys", \.signing.keys, byteCountMin: 16,
            "Whose URLs are served, where there are any keys: the first one signs, all are accepted; see [signed URLs](#signed-urls)."
        ),
        .signingKeys(
            "signing.imgix.tokens", \.signing.imgixTokens, byteCountMin: 8,
            "The same for clients of imgix, whose signature is `s`."
        ),
        .integer(
            "signing.bytes", \.signing.bytes, unit: "bytes", in: URLSigning.byteCountMin...URLSigning.byteCountMax,
            "How much of a signature is written, and at least demanded."
        ),
    ]

    private static let clients: [SettingDefinition] = [
        .integer(
            "client.renders.per.minute", \.client.rendersPerMinute, unit: "renders per minute", in: 0...1_000_000,
            "How many new variants one client may have rendered in the long run; 0 for any number."
        ),
        .integer(
            "client.renders.burst", \.client.rendersBurst, unit: "renders", in: 1...1_000_000,
            "How many of these at once, after a rest; more than the largest page has."
        ),
        .integer(
            "client.uploads.per.minute", \.client.uploadsPerMinute, unit: "uploads per minute", in: 0...1_000_000,
            "How many uploads one client may send in the long run; 0 for any number."
        ),
        .integer(
            "client.uploads.burst", \.client.uploadsBurst, unit: "uploads", in: 1...1_000_000,
            "How many of these at once, after a rest."
        ),
        .networks(
            "client.proxies", \.client.proxies,
            "Proxies whose `X-Forwarded-For` is believed; a client behind any other one is that one."
        ),
    ]

    private static let originals: [SettingDefinition] = [
        .path(
            "data.directory", \.data.directory,
            "Directory of the disk cache, of uploads under way, and of originals unless `store.url` says otherwise."
        ),
        .storeURL(
            "store.url", \.store.location,
            "Where originals are kept; `file:` alone means `data.directory`, and a bucket is told as [below](#originals-in-s3)."
        ),
        .keyID(
            "store.key.id", \.store.keyID,
            "Access key of the bucket; with none, what the environment or the machine has."
        ),
        .secret(
            "store.key.secret", \.store.keySecret,
            "What goes with it; better in the environment or the file than in a flag, which all users of the machine can see."
        ),
        .seconds(
            "store.record.seconds", \.store.recordSeconds, in: 0.1...60,
            "How long a node may serve an original of a bucket that another one has replaced or deleted, where it can't hear of that."
        ),
        .redisURL(
            "redis.url", \.redis.address,
            "Server of what nodes share: small variants, one render of each, and word of replaced and deleted originals."
        ),
        .file(
            "redis.authority.file", \.redis.authorityFile,
            "Certificates of the authorities that a `rediss:` server's certificate may be of; the system's where there is none."
        ),
        .integer(
            "upload.threads", \.upload.threads, unit: "threads", in: 1...64, default: "half the cores, at least 1",
            "Uploads that are decoded at the same time."
        ),
        .seconds(
            "upload.deadline.seconds", \.upload.deadlineSeconds, in: 0.1...600,
            "Time in which an upload, once received, must have been checked, waiting included."
        ),
        .bytes(
            "upload.bytes.max", \.upload.bytesMax, in: 1_000...1_000_000_000,
            "Largest upload."
        ),
        .integer(
            "upload.pixels.max", \.upload.pixelsMax, unit: "pixels", in: 1...1_000_000_000,
            "Most pixels of an original, or of one of its frames."
        ),
        .integer(
            "upload.axis.max", \.upload.axisMax, unit: "pixels", in: 1...65_535,
            "Greatest width or height of an original."
        ),
        .integer(
            "upload.frames.max", \.upload.framesMax, unit: "frames", in: 1...10_000,
            "Most frames of an animated original."
        ),
        .extraFormats(
            "formats.extra", \.formats.extra,
            "Formats of originals that are taken besides the usual ones; see [formats](#formats)."
        ),
    ]

    private static let rendering: [SettingDefinition] = [
        .integer(
            "render.threads", \.render.threads, unit: "threads", in: 1...256, default: "number of cores",
            "Variants that are rendered at the same time."
        ),
        .seconds(
            "render.queue.seconds", \.render.queueSeconds, in: 0.1...600,
            "Longest predicted wait for a render thread that is accepted; a render predicted to wait longer is refused at once."
        ),
        .seconds(
            "render.avif.wait.seconds", \.render.avifWaitSeconds, in: 0...600,
            "Longest predicted wait with which `format=auto` still gives AVIF that has to be rendered; with a longer one it gives WebP."
        ),
        .seconds(
            "render.deadline.seconds", \.render.deadlineSeconds, in: 0.1...600,
            "Time in which a request for a variant must have been answered, waiting included."
        ),
        .choice(
            "pyramid.enabled", \.pyramid.enabled,
            "Whether originals get levels, from which renders are faster and better; else each is made from its original."
        ),
        .integer(
            "pyramid.axis.max", \.pyramid.axisMax, unit: "pixels", in: 256...8_192,
            "Greatest width or height of an original's largest level; what needs more pixels is made from the original."
        ),
        .bytes(
            "helper.memory.bytes", \.helper.memoryBytes, in: 1_000_000_000...64_000_000_000,
            "Address space of a helper; an original that needs more is refused."
        ),
        .integer(
            "helper.processor.seconds", \.helper.processorSeconds, unit: "seconds", in: 1...600,
            "Processor time that a helper may spend on an original; one that needs more is refused."
        ),
        .choice(
            "helper.sandbox", \.helper.sandbox,
            "Whether the start fails where the system lacks a layer of the helpers' sandbox, or says so and goes on."
        ),
        .presets(
            "presets", \.presets.named,
            "Recipes that URLs can name; see [presets](#presets)."
        ),
        .choice(
            "presets.locked", \.presets.locked,
            "Whether nothing but presets is served."
        ),
        .integer(
            "output.pixels.max", \.output.pixelsMax, unit: "pixels", in: 1...268_000_000,
            "Most pixels of a variant."
        ),
    ]

    private static let caching: [SettingDefinition] = [
        .bytes(
            "cache.memory.bytes", \.cache.memoryBytes, in: 0...1_000_000_000_000,
            "Room for variants in memory; 0 turns this tier off."
        ),
        .bytes(
            "cache.disk.bytes", \.cache.diskBytes, in: 0...1_000_000_000_000_000,
            "Room for variants on disk; 0 turns this tier off."
        ),
        .integer(
            "cache.redis.ttl.seconds", \.cache.redisTTLSeconds, unit: "seconds", in: 1...31_536_000,
            "How long a variant is shared that nobody renders again."
        ),
        .bytes(
            "cache.redis.variant.bytes", \.cache.redisVariantBytes, in: 0...16_000_000,
            "Largest variant that is shared; 0 for none."
        ),
        .integer(
            "http.cache.seconds", \.http.cacheSeconds, unit: "seconds", in: 0...31_536_000,
            "`max-age` of a variant whose URL may come to mean another picture."
        ),
        .integer(
            "http.cache.stale.seconds", \.http.cacheStaleSeconds, unit: "seconds", in: 0...31_536_000,
            "`stale-while-revalidate` of such a variant: how long past its age it may be served while a cache asks again."
        ),
    ]

    private static let connections: [SettingDefinition] = [
        .choice(
            "http.lane", \.http.lane,
            "Whether repeated requests for variants in a tier are answered at once, by the hit lane; else all go the long way."
        ),
        .integer(
            "http.connections.max", \.http.connectionsMax, unit: "connections", in: 1...1_000_000,
            "Most connections that are open at once on the public listener."
        ),
        .seconds(
            "http.header.seconds", \.http.headerSeconds, in: 0.1...600,
            "Time in which the head of a request must have arrived."
        ),
        .seconds(
            "http.idle.seconds", \.http.idleSeconds, in: 0.1...3_600,
            "How long a connection may stay open between requests."
        ),
        .seconds(
            "http.body.seconds", \.http.bodySeconds, in: 0.1...86_400,
            "Time in which the body of a request must have arrived."
        ),
        .bytes(
            "http.body.rate.min", \.http.bodyRateMin, unit: "bytes per second", in: 0...1_000_000_000,
            "Slowest rate at which a request's body may arrive; 0 for no minimum."
        ),
        .bytes(
            "http.write.rate.min", \.http.writeRateMin, unit: "bytes per second", in: 0...1_000_000_000,
            "Slowest rate at which a client may take an answer; 0 for no minimum."
        ),
    ]

    private static let process: [SettingDefinition] = [
        .seconds(
            "shutdown.delay.seconds", \.shutdown.delaySeconds, in: 0...300,
            "How long `readyz` is red before connections are closed, so that load balancers notice first."
        ),
        .seconds(
            "shutdown.timeout.seconds", \.shutdown.timeoutSeconds, in: 0...600,
            "Time for requests under way to end after that; what is left is cut off."
        ),
        .choice(
            "log.level", \.log.level,
            "Least severe messages that are logged."
        ),
        .integer(
            "log.hits.per.line", \.log.hitsPerLine, unit: "requests", in: 0...1_000_000_000,
            "How many answers from a tier, and `304`s, share one line of the log; 1 for a line each, 0 for none."
        ),
        .choice(
            "log.format", \.log.format, default: "text on a terminal, else json",
            "How a line of the log is written."
        ),
    ]
}
