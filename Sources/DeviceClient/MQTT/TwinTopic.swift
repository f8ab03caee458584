internal import Glibc

/// A topic on which the hub speaks to a device about its twin, taken apart without making a string of it.
enum TwinTopic: Equatable {
    /// `$iothub/twin/PATCH/properties/desired/?$version={n}`.
    case desired(version: Int64?)
    /// `$iothub/twin/res/{status}/?$rid={rid}[&$version={n}]`; the rid is nil when it is none of ours.
    case response(status: Int, rid: UInt64?, version: Int64?)
    /// Another topic.
    case other

    static let responses = "$iothub/twin/res/#"
    static let desiredChanges = "$iothub/twin/PATCH/properties/desired/#"
    static let get: StaticString = "$iothub/twin/GET/?$rid="
    static let patchReported: StaticString = "$iothub/twin/PATCH/properties/reported/?$rid="

    private static let responsePrefix: StaticString = "$iothub/twin/res/"
    private static let desiredPrefix: StaticString = "$iothub/twin/PATCH/properties/desired/"

    init(_ topic: UnsafeRawBufferPointer) {
        if let rest = Self.rest(of: topic, after: Self.desiredPrefix) {
            self = .desired(version: Self.query(rest, "$version").flatMap { Int64(exactly: $0) })
        } else if let rest = Self.rest(of: topic, after: Self.responsePrefix),
            let slash = rest.firstIndex(of: UInt8(ascii: "/")),
            let status = Self.number(rest[..<slash]), (100...999).contains(status)
        {
            let query = UnsafeRawBufferPointer(rebasing: rest[(slash + 1)...])
            self = .response(
                status: Int(status),
                rid: Self.query(query, "$rid"),
                version: Self.query(query, "$version").flatMap { Int64(exactly: $0) }
            )
        } else {
            self = .other
        }
    }

    private static func rest(of topic: UnsafeRawBufferPointer, after prefix: StaticString) -> UnsafeRawBufferPointer? {
        let count = prefix.utf8CodeUnitCount
        guard topic.count >= count, let start = topic.baseAddress, memcmp(start, prefix.utf8Start, count) == 0 else {
            return nil
        }
        return UnsafeRawBufferPointer(rebasing: topic[count...])
    }

    /// The value of a name in `?name=value&name=value`, if it is a number.
    private static func query(_ text: UnsafeRawBufferPointer, _ name: StaticString) -> UInt64? {
        guard text.first == UInt8(ascii: "?") else { return nil }
        let length = name.utf8CodeUnitCount
        var start = 1
        while start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: "&")) ?? text.count
            if end - start > length, text[start + length] == UInt8(ascii: "="), let base = text.baseAddress,
                memcmp(base + start, name.utf8Start, length) == 0
            {
                return number(text[(start + length + 1)..<end])
            }
            start = end + 1
        }
        return nil
    }

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// Calls a body with the topic of a request that must find a certain reported `$version`, unless it is nil.
    static func withRequest<Result>(
        _ prefix: StaticString,
        rid: UInt64,
        version: Int64?,
        _ body: (UnsafePointer<CChar>) -> Result
    ) -> Result {
        guard let version else { return withRequest(prefix, rid: rid, body) }
        return "\(prefix)\(rid)&$version=\(version)".withCString(body)
    }

    /// Calls a body with the topic of a request, `prefix` and the decimal number, as a C string on the stack.
    static func withRequest<Result>(
        _ prefix: StaticString,
        rid: UInt64,
        _ body: (UnsafePointer<CChar>) -> Result
    ) -> Result {
        let length = prefix.utf8CodeUnitCount
        // A 64-bit number has at most 20 digits; one more for the end.
        return withUnsafeTemporaryAllocation(byteCount: length + 21, alignment: 1) { buffer in
            buffer.copyMemory(from: UnsafeRawBufferPointer(start: prefix.utf8Start, count: length))
            var end = length
            var rest = rid
            repeat {
                buffer[end] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                end += 1
                rest /= 10
            } while rest > 0
            buffer[length..<end].reverse()
            buffer[end] = 0
            return buffer.withMemoryRebound(to: CChar.self) { text in
                guard let start = text.baseAddress else { preconditionFailure("the buffer is never empty") }
                return body(UnsafePointer(start))
            }
        }
    }
}
