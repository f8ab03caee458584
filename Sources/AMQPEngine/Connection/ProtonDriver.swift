import CProton

/// Proton's connection driver and its objects: made together, freed together.
struct ProtonDriver: ~Copyable {
    /// The driver's struct must stay where it is.
    private let driver: UnsafeMutablePointer<pn_connection_driver_t>
    let connection: OpaquePointer
    let transport: OpaquePointer

    init() {
        driver = .allocate(capacity: 1)
        driver.initialize(to: pn_connection_driver_t())
        guard pn_connection_driver_init(driver, nil, nil) == 0, let connection = driver.pointee.connection,
            let transport = driver.pointee.transport
        else {
            // The only reason is that there is no memory, which ends the program for Swift's own objects, too.
            preconditionFailure("Proton has no memory for a connection")
        }
        self.connection = connection
        self.transport = transport
    }

    deinit {
        pn_connection_driver_destroy(driver)
        driver.deallocate()
    }

    /// Limits and names are final from here on.
    func bind() { pn_connection_driver_bind(driver) }

    /// The next event; it and what it names stay valid until the next call.
    func nextEvent() -> OpaquePointer? { pn_connection_driver_next_event(driver) }

    /// Hands bytes over; false when Proton takes no more.
    func push(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            let taken = pn_transport_push(transport, start.assumingMemoryBound(to: CChar.self), rest.count)
            if taken <= 0 { return false }
            rest = rest.dropFirst(taken)
        }
        return true
    }

    /// Appends what Proton has to say.
    func drain(into output: inout [UInt8]) {
        while true {
            let count = pn_transport_pending(transport)
            guard count > 0, let start = pn_transport_head(transport) else { return }
            output.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
            pn_transport_pop(transport, count)
        }
    }

    /// What Proton found wrong.
    var error: AMQPError {
        let condition = pn_transport_condition(transport)
        let name = pn_condition_get_name(condition).map { String(cString: $0) }
        return AMQPError(
            .init(rawValue: name ?? AMQPError.Condition.internalError.rawValue),
            pn_condition_get_description(condition).map { String(cString: $0) }
        )
    }
}

/// Puts a value where Proton keeps its own form of one.
func put(_ value: AMQPValue, into data: OpaquePointer?) {
    pn_data_clear(data)
    let bytes = value.encoded
    bytes.withUnsafeBytes { bytes in
        _ = pn_data_decode(data, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    pn_data_rewind(data)
}

/// Puts an error where Proton keeps its own form of one.
func put(_ error: AMQPError?, into condition: OpaquePointer?) {
    guard let error else { return }
    pn_condition_set_name(condition, error.condition.rawValue)
    if let text = error.text { pn_condition_set_description(condition, text) }
    if !error.info.isEmpty { put(.map(error.info), into: pn_condition_info(condition)) }
}
