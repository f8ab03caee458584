import IoTHub

/// A change of desired properties, as the page sends it: `{"patch": "<JSON text>", "etag": "…"}`.
///
/// The patch comes as the text that was typed, so that a mistake is told with its line and column there.
struct TwinPatch: Sendable {
    var desired: JSONObject
    /// The twin is changed only while it has this one; nil: whichever it has.
    var etag: ETag?

    /// - Throws: ``PageFailure`` that says what was found and what was expected.
    init(body: [UInt8]) throws(PageFailure) {
        let json: JSON
        do {
            json = try JSON(parsing: body)
        } catch {
            throw PageFailure(400, "The request is no JSON: \(error)")
        }
        guard let text = json["patch"]?.stringValue else {
            throw PageFailure(400, "The request has no 'patch'; expected {\"patch\": \"<JSON text>\"}.")
        }
        desired = try Self.desired(text)
        switch json["etag"] {
        case nil, .null?: etag = nil
        case .string(let text)?:
            // It goes into a header field, within quotes.
            guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }) else {
                throw PageFailure(
                    400,
                    "The 'etag' has characters that no ETag has; expected the twin's own, as it stands there."
                )
            }
            etag = ETag(rawValue: text)
        case let other?: throw PageFailure(400, "Found 'etag' as \(other.kind); expected a text, or none.")
        }
    }

    private static func desired(_ text: String) throws(PageFailure) -> JSONObject {
        let patch: JSON
        do {
            patch = try JSON(parsing: text)
        } catch {
            throw PageFailure(400, "The patch is no JSON: \(error).")
        }
        guard let object = patch.objectValue else {
            throw PageFailure(
                400,
                "The patch is a JSON \(patch.kind); expected an object such as {\"speed\": 7}. Null removes a property."
            )
        }
        guard !object.isEmpty else {
            throw PageFailure(400, "The patch is empty; expected at least one property, such as {\"speed\": 7}.")
        }
        do {
            try TwinWrite(desired: object).check()
        } catch {
            // Most of these name the place themselves.
            let place = error.path.map { error.message.contains($0) ? "" : " (\($0))" } ?? ""
            throw PageFailure(400, "The patch breaks a rule of twins: \(error.message)\(place).")
        }
        return object
    }
}
