import Foundation

/// nginx as a static file server, as a cache before one, and as an image filter.
final class NginxServer: Server {
    /// - Parameters:
    ///   - files: what it serves under `/`, and under `/cached/` through a cache of its own, by name.
    ///   - isTuned: whether it keeps files open, which the configuration that comes with it doesn't.
    init(_ bench: Bench, files: [String: [UInt8]], isTuned: Bool = false) throws {
        let directory = try bench.scratch.directory("nginx")
        for name in ["files", "temporary"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
        for (name, bytes) in files { try Data(bytes).write(to: URL(filePath: "\(directory)/files/\(name)")) }
        let port = try freePort()
        let modules = "/usr/lib/nginx/modules/ngx_http_image_filter_module.so"
        let hasFilter = FileManager.default.fileExists(atPath: modules)
        try Self.configuration(directory, port, bench.cores, filter: hasFilter ? modules : nil, isTuned)
            .write(toFile: directory + "/nginx.conf", atomically: true, encoding: .utf8)
        let program = try bench.program("nginx", "/usr/sbin/nginx")
        let child = try Child(program, ["-c", directory + "/nginx.conf", "-e", "stderr"], log: directory + "/log")
        super.init(child, port: port)
        try awaitListening()
    }

    /// As Debian has it (sendfile, a worker a core), but without a log of accesses.
    private static func configuration(
        _ directory: String, _ port: Int, _ workers: Int, filter: String?, _ isTuned: Bool
    ) -> String {
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(directory)/temporary/\($0);" }.joined(separator: "\n    ")
        let filtering = """
                location ~ ^/filter/(?<width>[0-9]+)/(?<name>.+)$ {
                    alias \(directory)/files/$name;
                    image_filter resize $width -;
                    image_filter_jpeg_quality 80;
                    image_filter_buffer 50M;
                }
            """
        return """
            \(filter.map { "load_module \($0);" } ?? "")
            daemon off;
            user root;
            worker_processes \(workers);
            pid \(directory)/pid;
            events { worker_connections 1024; }
            http {
                \(temporary)
                access_log off;
                sendfile on;
                tcp_nopush on;
                keepalive_requests 1000000000;
                \(isTuned ? "open_file_cache max=1000 inactive=60s;" : "")
                default_type image/jpeg;
                proxy_cache_path \(directory)/temporary/cache keys_zone=cached:10m;
                server {
                    listen 127.0.0.1:\(port);
                    location / { root \(directory)/files; }
                    location /cached/ {
                        proxy_pass http://127.0.0.1:\(port)/;
                        proxy_cache cached;
                        proxy_cache_valid 200 1h;
                    }
                    \(filter == nil ? "" : filtering)
                }
            }
            """
    }
}
