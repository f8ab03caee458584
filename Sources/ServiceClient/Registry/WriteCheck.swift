import IoTHub

/// What is made sure of before a write is sent, so that a mistake is found with its place and costs no request.
///
/// The limits are the hub's own; what it ignores (identity members, `$metadata`, `$version`) is left out.
struct WriteCheck {
    /// Method and path of the request, for messages.
    let operation: String

    /// Reads a twin write given as JSON text.
    ///
    /// - Throws: ``ServiceClientError`` with the line and column of a text that is not JSON, and as ``twin(_:)-json``.
    func twin(text: String) throws -> TwinWrite {
        let json: JSON
        do {
            json = try JSON(parsing: text)
        } catch {
            var refusal = refuse("the twin is not JSON: \(error)")
            refusal.position = ServiceClientError.TextPosition(line: error.line, column: error.column)
            throw refusal
        }
        return try twin(json: json)
    }

    /// Reads a twin write given as JSON: a patch, or a whole twin in which all else is let pass.
    ///
    /// - Throws: ``ServiceClientError`` with the path of what breaks a limit or stands where the hub would ignore it.
    func twin(json: JSON) throws -> TwinWrite {
        try placement(of: json)
        let write: TwinWrite
        do {
            write = try TwinWrite(json: json)
        } catch {
            throw refuse(error)
        }
        try sizes(of: write)
        return write
    }

    /// Checks a twin write made from objects.
    ///
    /// - Throws: ``ServiceClientError`` with the path of what breaks a limit.
    func twin(_ write: TwinWrite) throws {
        do {
            try write.check()
        } catch {
            throw refuse(error)
        }
        try sizes(of: write)
    }

    /// Checks an identity.
    ///
    /// - Throws: ``ServiceClientError`` with the path of a bad id, key, thumbprint or reason.
    func device(_ device: Device) throws {
        do {
            // Reading it as a hub does finds what a hub would.
            _ = try Device(json: .object(device.json))
        } catch {
            throw refuse(error)
        }
    }

    /// Checks a device id.
    ///
    /// - Throws: ``ServiceClientError``.
    func id(_ id: String) throws {
        do {
            try DeviceID.validate(id)
        } catch {
            throw refuse(error)
        }
    }

    /// A refusal in this library's terms.
    func refuse(_ message: String, path: String? = nil) -> ServiceClientError {
        ServiceClientError(reason: .invalidArgument, operation: operation, message: message, path: path)
    }

    private func refuse(_ error: IoTHubError) -> ServiceClientError {
        var refusal = refuse(error.message, path: error.path)
        refusal.code = error.code
        return refusal
    }

    /// What is merged into a section stands in it afterwards, so a patch over the limit can never be accepted.
    private func sizes(of write: TwinWrite) throws {
        let sections = [
            (write.tags, TwinLimits.tagsSize, "tags"),
            (write.desired, TwinLimits.propertiesSize, "properties.desired"),
        ]
        for case (let values?, let limit, let path) in sections {
            var kept = JSONObject()
            kept.merge(patch: values)
            do {
                try TwinLimits.checkSize(of: kept, limit: limit, path: path)
            } catch {
                throw refuse(error)
            }
        }
    }

    /// Refuses properties in the wrong place: the hub would ignore them, and nobody would notice.
    private func placement(of json: JSON) throws {
        guard case .object(let body) = json else { return }
        for name in ["desired", "reported"] where body[name] != nil {
            throw refuse("'\(name)' stands at the top of the twin; expected it inside 'properties'", path: name)
        }
        if let properties = body["properties"]?.objectValue {
            for name in properties.keys where !["desired", "reported"].contains(name) && !name.hasPrefix("$") {
                throw refuse(
                    "'\(name)' stands in 'properties'; expected it inside 'properties.desired'",
                    path: "properties.\(name)"
                )
            }
        }
        if !body.isEmpty, body["tags"] == nil, body["properties"]?["desired"] == nil {
            throw refuse(
                "nothing in \(body.keys.map { "'\($0)'" }.joined(separator: ", ")) can be written by a service; "
                    + "expected 'tags' or 'properties.desired'"
            )
        }
    }
}
