extension Twin {
    /// What a service's update of this twin sends: a merge patch of tags and desired properties.
    ///
    /// For a twin that came from a hub it has only the members that are different now, and null for those that are gone;
    /// a section in which nothing differs is nil. For a twin made by hand it has all members; an empty section is nil.
    public var changes: TwinWrite {
        func changes(_ now: JSONObject, _ then: JSONObject?) -> JSONObject? {
            let patch = then.map { now.patch(from: $0) } ?? now
            return patch.isEmpty ? nil : patch
        }
        return TwinWrite(
            tags: changes(tags.values, origin?.tags),
            desired: changes(properties.desired.values, origin?.desired)
        )
    }
}

extension JSONObject {
    /// The smallest merge patch that makes this object from an older one.
    ///
    /// Nulls in this object stand for removal, so they are always part of it.
    func patch(from old: JSONObject) -> JSONObject {
        var patch = JSONObject()
        for (key, value) in self {
            switch (value, old[key]) {
            case (.object(let now), .object(let then)?):
                let inner = now.patch(from: then)
                if !inner.isEmpty { patch[key] = .object(inner) }
            case (.null, _):
                patch[key] = .null
            case (_, let then):
                if value != then { patch[key] = value }
            }
        }
        for key in old.keys where self[key] == nil { patch[key] = .null }
        return patch
    }
}
