import Fleet

/// Whether a pace can be kept to when only so many requests are under way at once.
struct Reach {
    /// How long each may take, in milliseconds; nil when they all can be under way at once.
    private let patience: Double?
    private let limit: Int

    init(_ count: Int, atOnce limit: Int, perSecond: Double) {
        self.limit = limit
        patience = count > limit && perSecond > 0 ? Double(limit) / perSecond * 1000 : nil
    }

    /// What a request to a hub far away, or to one on a busy machine, may well take, in milliseconds.
    private static let usual = 100.0
    /// Above this much there is nothing to tell: nothing takes so long.
    private static let notable = 5000.0

    var basis: PhaseEstimate.Basis { (patience ?? .infinity) < Self.usual ? .atLeast : .paced }

    /// The limit in words, to be put behind others.
    func text(_ what: String) -> String {
        guard let patience, patience < Self.notable else { return "" }
        let milliseconds = CountText.of(Int(min(patience, 1e12)))
        return "; \(CountText.of(limit)) \(what) at once at most, so longer if one takes more than \(milliseconds) ms"
    }
}
