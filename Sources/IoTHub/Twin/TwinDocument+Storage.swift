// The form in which a hub keeps a twin: JSON with the names and the nesting of the service view, nothing left out.
extension TwinDocument {
    /// The whole twin as JSON text in UTF-8, but for its device's id; `init(deviceID:stored:)` reads it back.
    public var stored: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        bytes.append(contentsOf: "{\"etag\":\"\(etag)\",\"version\":\(version),\"modelId\":".utf8)
        JSON.write(modelID, to: &bytes)
        bytes.append(contentsOf: ",\"tags\":".utf8)
        tags.write(to: &bytes)
        bytes.append(contentsOf: ",\"properties\":{\"desired\":".utf8)
        desired.writeServiceView(to: &bytes)
        bytes.append(contentsOf: ",\"reported\":".utf8)
        reported.writeServiceView(to: &bytes)
        bytes.append(contentsOf: "}}".utf8)
        return bytes
    }

    /// Reads a twin back.
    /// - Parameters:
    ///   - deviceID: the device's id.
    ///   - stored: what ``stored`` gave, parsed. It was checked before it was kept, maybe by other limits than
    ///     today's, so only its form is looked at.
    /// - Throws: `IoTHubError` with `argumentInvalid` and the path of what is missing or wrong.
    public init(deviceID: String, stored: JSONObject) throws(IoTHubError) {
        guard let etag = stored["etag"]?.stringValue, let etagCounter = ETag(rawValue: etag).twinCounter else {
            throw IoTHubError(.argumentInvalid, "expected the ETag of a twin", path: "etag")
        }
        guard let version = stored["version"]?.integerValue else {
            throw IoTHubError(.argumentInvalid, "expected an integer 'version'", path: "version")
        }
        guard let tags = stored["tags"]?.objectValue, let desired = stored["properties"]?["desired"]?.objectValue,
            let reported = stored["properties"]?["reported"]?.objectValue
        else {
            throw IoTHubError(
                .argumentInvalid,
                "expected tags, properties.desired and properties.reported as objects",
                path: "properties"
            )
        }
        self.init(
            deviceID: deviceID,
            tags: tags,
            desired: try TwinSection(kind: .desired, serviceView: desired),
            reported: try TwinSection(kind: .reported, serviceView: reported),
            version: version,
            etagCounter: etagCounter,
            modelID: stored["modelId"]?.stringValue ?? ""
        )
    }
}
