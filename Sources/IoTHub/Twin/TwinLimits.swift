/// What a twin may hold: sizes, keys, strings, integers, depth.
///
/// Source: Azure IoT Hub documentation, "Understand and use device twins in IoT Hub" (size, format, depth).
public enum TwinLimits {
    /// Bytes that the tags may count.
    public static let tagsSize = 8 * 1024
    /// Bytes that the desired, and also the reported, properties may count.
    public static let propertiesSize = 32 * 1024
    /// Bytes of UTF-8 in a key.
    public static let keySize = 1024
    /// Bytes of UTF-8 in a string value.
    public static let stringSize = 4096
    /// Levels of objects and arrays below a section.
    public static let depth = 10
    /// Integers that the hub can hold.
    public static let integers: ClosedRange<Int64> = -4_503_599_627_370_496...4_503_599_627_370_495

    /// Checks a patch or a full section; nulls may stand for removal, except in arrays.
    /// - Parameters:
    ///   - values: the members, without read-only names.
    ///   - path: where they stand in the twin, such as `tags` or `properties.desired`.
    /// - Throws: `IoTHubError` with `argumentInvalid`, the path and the limit.
    public static func check(_ values: JSONObject, path: String) throws(IoTHubError) {
        try check(values, path: path, level: 0, inArray: false)
    }

    /// Checks that a section does not count more bytes than its limit.
    /// - Throws: `IoTHubError` with `messageTooLarge`, the path, the size and the limit. The real hub's code for this
    ///   is not documented; 413 is what its twin status list offers for "too large".
    public static func checkSize(of values: JSONObject, limit: Int, path: String) throws(IoTHubError) {
        let size = Self.size(of: values)
        guard size > limit else { return }
        throw IoTHubError(
            .messageTooLarge,
            "\(path) would count \(size) bytes; at most \(limit) are allowed",
            path: path
        )
    }

    /// Bytes that a section counts: keys and strings in UTF-8 without control characters, numbers 8, booleans 4;
    /// arrays count the sum of their elements.
    public static func size(of values: JSONObject) -> Int {
        var sum = 0
        for (key, value) in values { sum += length(key) + size(of: value) }
        return sum
    }

    private static func size(of value: JSON) -> Int {
        switch value {
        case .null: 0
        case .bool: 4
        case .integer, .double: 8
        case .string(let text): length(text)
        case .array(let elements): elements.reduce(0) { $0 + size(of: $1) }
        case .object(let object): size(of: object)
        }
    }

    private static func length(_ text: String) -> Int {
        // C0, delete and C1; the latter take two bytes in UTF-8.
        var count = text.utf8.count
        for scalar in text.unicodeScalars where isControl(scalar) { count -= scalar.value < 0x80 ? 1 : 2 }
        return count
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    private static func check(
        _ values: JSONObject,
        path: String,
        level: Int,
        inArray: Bool
    ) throws(IoTHubError) {
        for (key, value) in values {
            let here = "\(path).\(key)"
            try check(key: key, path: path)
            try check(value, path: here, level: level, inArray: inArray)
        }
    }

    private static func check(_ value: JSON, path: String, level: Int, inArray: Bool) throws(IoTHubError) {
        switch value {
        case .null:
            guard inArray else { return }
            // The missing space is in the real hub's text; clients have come to search for it.
            throw IoTHubError(
                .argumentInvalid,
                "Value of Property or Tag cannot be null. Error inProperty/Tag \(path)",
                path: path
            )
        case .bool, .double:
            return
        case .integer(let number):
            guard integers.contains(number) else {
                throw IoTHubError(
                    .argumentInvalid,
                    "Property or Tag value \(number) is out of range; integers go from \(integers.lowerBound) to "
                        + "\(integers.upperBound). Error in Property/Tag \(path)",
                    path: path
                )
            }
        case .string(let text):
            guard text.utf8.count <= stringSize else {
                throw IoTHubError(
                    .argumentInvalid,
                    "Property or Tag value should be maximum \(stringSize) bytes. Error in Property/Tag \(path)",
                    path: path
                )
            }
        case .array(let elements):
            try checkDepth(level + 1, path: path)
            for (index, element) in elements.enumerated() {
                try check(element, path: "\(path)[\(index)]", level: level + 1, inArray: true)
            }
        case .object(let object):
            try checkDepth(level + 1, path: path)
            try check(object, path: path, level: level + 1, inArray: inArray)
        }
    }

    private static func checkDepth(_ level: Int, path: String) throws(IoTHubError) {
        guard level > depth else { return }
        throw IoTHubError(
            .argumentInvalid,
            "Property or Tag is nested deeper than \(depth) levels. Error in Property/Tag \(path)",
            path: path
        )
    }

    private static func check(key: String, path: String) throws(IoTHubError) {
        func refuse(_ reason: String) -> IoTHubError {
            let shown = key.unicodeScalars.prefix(64).map { isControl($0) ? "?" : String($0) }.joined()
            return IoTHubError(
                .argumentInvalid,
                "Name of Property or Tag '\(shown)' \(reason). Error in Property/Tag \(path)",
                path: path
            )
        }
        if key.isEmpty { throw refuse("is empty") }
        if key.utf8.count > keySize { throw refuse("should be maximum \(keySize) bytes") }
        for scalar in key.unicodeScalars {
            if isControl(scalar) { throw refuse("has a control character") }
            if scalar == "." || scalar == "$" || scalar == "#" || scalar.properties.isWhitespace {
                throw refuse("has '\(scalar)', one of those that are not allowed: '.', '$', '#' and spaces")
            }
        }
    }
}
