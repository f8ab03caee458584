extension AMQPValue {
    /// The value as AMQP bytes.
    public var encoded: [UInt8] {
        var writer = AMQPWriter()
        writer.value(self)
        return writer.bytes
    }

    /// Reads one value that fills the bytes.
    ///
    /// - Throws: `amqp:decode-error` for bytes that are no value, nested more than 32 deep, or more than 50,000 values.
    public init(decoding bytes: [UInt8]) throws(AMQPError) {
        self = try reading(bytes) { reader throws(AMQPError) in
            let value = try reader.value()
            guard reader.isAtEnd else {
                throw AMQPError(.decodeError, "\(reader.remaining) bytes follow the value")
            }
            return value
        }
    }
}
