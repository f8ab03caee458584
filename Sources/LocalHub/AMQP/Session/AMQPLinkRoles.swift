import AMQPEngine

/// What a link of a connection is for.
enum AMQPLinkRole {
    case tokenRequests
    case tokenReplies
    case device(AMQPDevice, AMQPDeviceLink)

    fileprivate var isOfTokens: Bool { if case .device = self { false } else { true } }
}

/// What the links of a connection are for.
///
/// A connection can have thousands of them, so nothing here goes through all.
struct AMQPLinkRoles {
    /// By the identities of session and link; the link is kept along, so that neither identity is used again.
    private var bySession: [ObjectIdentifier: [ObjectIdentifier: (link: AMQPLink, role: AMQPLinkRole)]] = [:]
    /// The links to and from `$cbs`; there are few.
    private(set) var tokenLinks: [AMQPLink] = []

    /// How many links have a role.
    var count: Int { bySession.values.reduce(0) { $0 + $1.count } }

    /// The role of a link; nil when it has none, or none any more.
    subscript(link: AMQPLink) -> AMQPLinkRole? {
        bySession[ObjectIdentifier(link.session)]?[ObjectIdentifier(link)]?.role
    }

    /// The links of a session that have a role.
    func links(of session: AMQPSession) -> [AMQPLink] {
        (bySession[ObjectIdentifier(session)] ?? [:]).values.map(\.link)
    }

    mutating func set(_ role: AMQPLinkRole, of link: AMQPLink) {
        bySession[ObjectIdentifier(link.session), default: [:]][ObjectIdentifier(link)] = (link, role)
        if role.isOfTokens { tokenLinks.append(link) }
    }

    /// Takes a link's role away.
    /// - Returns: the role that it had.
    @discardableResult
    mutating func remove(_ link: AMQPLink) -> AMQPLinkRole? {
        let session = ObjectIdentifier(link.session)
        guard let (_, role) = bySession[session]?.removeValue(forKey: ObjectIdentifier(link)) else { return nil }
        if bySession[session]?.isEmpty == true { bySession[session] = nil }
        if role.isOfTokens { tokenLinks.removeAll { $0 === link } }
        return role
    }
}
