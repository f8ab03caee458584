/// What the hub had sent of a twin that a client holds now.
///
/// Tags and desired properties share their storage with the twin's own until one of them is changed.
struct TwinOrigin: Sendable {
    /// All members of the service view besides id, ETag, tags and properties.
    var members: JSONObject
    var tags: JSONObject
    var desired: JSONObject
}

extension TwinOrigin: Hashable {
    /// Two twins are equal when they show the same, whatever was changed on the way there.
    static func == (left: TwinOrigin, right: TwinOrigin) -> Bool { left.members == right.members }

    func hash(into hasher: inout Hasher) { hasher.combine(members) }
}
