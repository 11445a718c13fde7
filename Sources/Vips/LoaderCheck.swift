import CVips

/// The proof, at every start, that what must not load does not load.
package enum LoaderCheck {
    /// The forbidden loaders that would run, by nickname: empty when all is well.
    ///
    /// Each is built on an empty or missing input. A blocked one fails before it looks at its input, with libvips'
    /// operation flag set; one that isn't blocked, or an allowed one that is, is returned.
    package static func faults(_ set: Vips.LoaderSet) -> [String] {
        var faults: [String] = []
        let allowed = set.loaders.map(\.rawValue)
        let forbidden = (Vips.forbiddenLoaders + Loader.allCases.map(\.rawValue)).filter { !allowed.contains($0) }
        for name in forbidden where exists(name) && !isBlocked(name) {
            faults.append("\(name) is not blocked")
        }
        for name in allowed {
            if !exists(name) {
                faults.append("\(name) is missing from this libvips")
            } else if isBlocked(name) {
                faults.append("\(name) is blocked")
            }
        }
        return faults
    }

    /// Whether this libvips can load and save each format we promise, by nickname of the missing operation.
    package static func missingSavers() -> [String] {
        ["jpegsave_buffer", "pngsave_buffer", "webpsave_buffer", "heifsave_buffer", "gifsave_buffer"].filter {
            !exists($0)
        }
    }

    private static func exists(_ name: String) -> Bool {
        vips_type_find("VipsOperation", name) != 0
    }

    private static func isBlocked(_ name: String) -> Bool {
        guard let operation = anysize_operation_new(name) else {
            vips_error_clear()
            return true
        }
        defer { anysize_operation_unref(operation) }
        return vips_operation_get_flags(operation).rawValue & VIPS_OPERATION_BLOCKED.rawValue != 0
    }
}
