import CJansson

extension JSON {
    /// Parses a JSON text of any top-level kind.
    ///
    /// Integers must fit 64 bits. Of two members with one name the later stands, as with the hub.
    /// - Throws: `JSONError` with line and column.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(JSONError) {
        var fault = json_error_t()
        let flags = Int(JSON_DECODE_ANY) | Int(JSON_ALLOW_NUL)
        // A null base address is legal for an empty buffer, but jansson wants a pointer.
        let root =
            bytes.baseAddress.map { json_loadb($0.assumingMemoryBound(to: CChar.self), bytes.count, flags, &fault) }
            ?? json_loadb("", 0, flags, &fault)
        guard let root else {
            throw JSONError(
                line: max(1, Int(fault.line)),
                column: max(0, Int(fault.column)),
                message: fault.message
            )
        }
        defer { twinfleet_json_decref(root) }
        self.init(copying: root)
    }

    /// Parses a JSON text given as bytes.
    /// - Throws: `JSONError` with line and column.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(JSONError) in try JSON(parsing: buffer) }
        }
        self = try result.get()
    }

    /// Parses a JSON text.
    /// - Throws: `JSONError` with line and column.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// Copies a jansson value; jansson has checked depth (2,048 at most) and UTF-8 already.
    private init(copying value: UnsafeMutablePointer<json_t>) {
        switch json_type(UInt32(twinfleet_json_type(value))) {
        case JSON_TRUE: self = .bool(true)
        case JSON_FALSE: self = .bool(false)
        case JSON_INTEGER: self = .integer(json_integer_value(value))
        case JSON_REAL: self = .double(json_real_value(value))
        case JSON_STRING: self = .string(Self.text(json_string_value(value), json_string_length(value)))
        case JSON_ARRAY:
            let count = json_array_size(value)
            var elements: [JSON] = []
            elements.reserveCapacity(count)
            for index in 0..<count {
                if let element = json_array_get(value, index) { elements.append(JSON(copying: element)) }
            }
            self = .array(elements)
        case JSON_OBJECT:
            var object = JSONObject()
            object.reserveCapacity(json_object_size(value))
            var iterator = json_object_iter(value)
            while let position = iterator {
                if let name = json_object_iter_key(position), let member = json_object_iter_value(position) {
                    object[String(cString: name)] = JSON(copying: member)
                }
                iterator = json_object_iter_next(value, position)
            }
            self = .object(object)
        default: self = .null
        }
    }

    private static func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
        guard let start else { return "" }
        return start.withMemoryRebound(to: UInt8.self, capacity: length) {
            String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
        }
    }
}

extension JSONObject {
    /// Parses a JSON text whose top level is an object.
    /// - Throws: `JSONError` with line and column, also when the top level is something else.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(JSONError) {
        self = try JSONObject.from(JSON(parsing: bytes))
    }

    /// Parses a JSON text whose top level is an object.
    /// - Throws: `JSONError` with line and column, also when the top level is something else.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        self = try JSONObject.from(JSON(parsing: bytes))
    }

    /// Parses a JSON text whose top level is an object.
    /// - Throws: `JSONError` with line and column, also when the top level is something else.
    public init(parsing text: String) throws(JSONError) {
        self = try JSONObject.from(JSON(parsing: text))
    }

    private static func from(_ value: JSON) throws(JSONError) -> JSONObject {
        guard case .object(let object) = value else {
            throw JSONError(line: 1, column: 1, message: "expected an object, found \(value.kind)")
        }
        return object
    }
}

extension json_error_t {
    /// The text in the fixed-size C buffer.
    fileprivate var message: String {
        withUnsafeBytes(of: text) { buffer in
            String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
