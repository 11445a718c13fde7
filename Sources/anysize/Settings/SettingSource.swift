import Configuration

/// One place that settings come from. The first source that has a key decides it.
///
/// The sources are asked one by one, and not through one `ConfigReader` over all of them, for two reasons: a fault must
/// say who is to blame for it, and a value that is at fault must stop the start instead of giving way to the next source.
struct SettingSource: Sendable {
    /// Whom a value of this key comes from.
    let origin: @Sendable (SettingDefinition) -> Origin
    /// What is said about this key.
    let look: @Sendable (SettingDefinition) -> Finding

    /// What a source says about a key.
    enum Finding: Sendable, Equatable {
        case absent
        case text(String)
        /// Something that isn't even text, and what is allowed.
        case unreadable(reason: String)
    }
}

extension ConfigSnapshot {
    /// The text at `key`; nil if it is absent or isn't one text.
    func text(_ key: String) -> String? {
        guard case .string(let text) = content(key, .string) else { return nil }
        return text
    }

    /// The texts at `key`; nil if it is absent or isn't a list.
    func texts(_ key: String) -> [String]? {
        guard case .stringArray(let texts) = content(key, .stringArray) else { return nil }
        return texts
    }

    private func content(_ key: String, _ type: ConfigType) -> ConfigContent? {
        try? value(forKey: AbsoluteConfigKey(ConfigKey(key)), type: type).value?.content
    }
}
