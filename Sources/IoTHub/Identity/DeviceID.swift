/// The rules for device ids.
///
/// Source: Azure IoT Hub documentation, "Understand the identity registry in your IoT hub".
public enum DeviceID {
    /// Characters that an id may have, besides ASCII letters and digits.
    public static let punctuation = "-:.+%_#*?!(),=@;$'"
    /// Most characters that an id may have.
    public static let maximumLength = 128

    /// Why a text is no device id, as a clause such as `has a space`; nil when it is one.
    public static func problem(with id: String) -> String? {
        if id.isEmpty { return "is empty" }
        if id.utf8.count > maximumLength && id.unicodeScalars.allSatisfy(\.isASCII) {
            return "has \(id.utf8.count) characters; at most \(maximumLength) are allowed"
        }
        for scalar in id.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": continue
            default:
                if punctuation.unicodeScalars.contains(scalar) { continue }
                let shown = scalar == " " ? "a space" : scalar.value < 0x21 ? "a control character" : "'\(scalar)'"
                return "has \(shown); allowed are ASCII letters, digits and \(punctuation)"
            }
        }
        return nil
    }

    /// Checks a device id.
    /// - Throws: `IoTHubError` with `argumentInvalid` that quotes the id.
    public static func validate(_ id: String) throws(IoTHubError) {
        guard let problem = problem(with: id) else { return }
        throw IoTHubError(.argumentInvalid, "device id '\(id.prefix(160))' \(problem)", path: "deviceId")
    }
}
