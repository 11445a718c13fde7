extension GivenParameters {
    /// Parameters of which one says what another does, so that a new one takes the place of all.
    private static let alternatives: [Set<RecipeParameter>] = [[.gravity, .focalPoint, .focalPointX, .focalPointY]]

    /// These of a preset, with others in their place where a caller gives those.
    func overridden(by given: GivenParameters) -> GivenParameters {
        var merged = self
        for parameter in given.values.keys {
            for group in Self.alternatives where group.contains(parameter) {
                for other in group { merged.values[other] = nil }
            }
        }
        for (parameter, value) in given.values where parameter != .preset { merged.values[parameter] = value }
        return merged
    }
}
