// Members inside members, by the names on the way to them.
extension JSONObject {
    /// The value at the end of a path; nil when there is none.
    func value(at path: [Substring]) -> JSON? {
        guard let first = path.first else { return nil }
        var value = self[String(first)]
        for name in path.dropFirst() { value = value?[String(name)] }
        return value
    }

    /// Sets or, with nil, removes the value at the end of a path.
    ///
    /// Setting makes the objects on the way, in place of whatever else is there; removing makes nothing.
    mutating func set(_ value: JSON?, at path: some RandomAccessCollection<Substring>) {
        guard let first = path.first else { return }
        let name = String(first)
        guard path.count > 1 else {
            self[name] = value
            return
        }
        var inner = JSONObject()
        if case .object(let object)? = self[name] {
            inner = object
        } else if value == nil {
            return
        }
        inner.set(value, at: path.dropFirst())
        self[name] = .object(inner)
    }
}
