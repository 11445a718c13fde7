import AnysizeCore

extension VariantService.Origin {
    /// For logs and metrics.
    var name: String {
        switch self {
        case .tier(let tier): tier
        case .render: "render"
        case .joined: "joined"
        }
    }

    /// RFC 9211.
    func cacheStatus(of source: RenderSource, isStored: Bool) -> String {
        switch self {
        case .tier(let tier): "Anysize; hit; detail=\(tier)"
        case .render: "Anysize; fwd=miss;\(isStored ? " stored;" : "") detail=render-\(source)"
        case .joined: "Anysize; fwd=miss; collapsed; detail=render-\(source)"
        }
    }
}
