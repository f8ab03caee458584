import IoTHub

/// Makes a fleet of the tree of its file and tells every mistake on the way.
struct FleetLoader {
    /// The most devices of a fleet.
    static let deviceLimit = 1_000_000
    /// The most changes of a run: each is remembered until the report is written.
    static let changeLimit = 50_000_000.0
    /// The most queries of a run: each may wait for the hub's index.
    static let queryLimit = 100
    /// The most devices on an AMQP connection: IoT Hub takes 999 tokens on one, Microsoft's SDK for .NET sends at most 995.
    static let poolLimit = 995

    let file: String
    let environment: [String: String]
    var deviceLimit = Self.deviceLimit

    private let mistakes = Mistakes()
    private var files: FileReader { FileReader(fleetFile: file, mistakes: mistakes) }
    private var scalars: ScalarReader {
        ScalarReader(mistakes: mistakes, variables: Variables(environment: environment))
    }

    init(file: String, environment: [String: String], deviceLimit: Int = Self.deviceLimit) {
        self.file = file
        self.environment = environment
        self.deviceLimit = deviceLimit
    }

    /// The fleet in a file's bytes.
    func load(_ bytes: [UInt8]) throws(FleetFileError) -> Fleet {
        let fleet = YAMLDocument.read(bytes, mistakes).flatMap(fleet)
        guard mistakes.isEmpty, let fleet else { throw FleetFileError(file: file, mistakes: mistakes.sorted()) }
        return fleet
    }

    private func fleet(_ node: YAMLNode) -> Fleet? {
        guard let root = MappingReader(node, .fleet, mistakes) else { return nil }
        let name = root["fleet"].flatMap(name)
        let hub = root["hub"].map { HubReader(scalars: scalars, files: files).read($0) }
        let seed = root["seed"].map(seed) ?? 1
        let connect = root["connect"].map { node in
            scalars.parsed(node, expected: RateText.expectation) { (text) throws(Fault) in
                try RateText.perSecond(text)
            }
        }
        let amqpPool = root["amqp"].flatMap(amqpPool)
        let duration = root["duration"].flatMap(duration)
        // A hub that could not be read is told already; what follows from it is not told, too.
        let isLocal = ((hub ?? nil) ?? HubSetting()).address == .local
        let (devices, templates) = devices(root, seed: seed ?? 1, isLocal: isLocal)
        let greatestIndex = max(0, (templates.map(\.count).max() ?? 1) - 1)
        let workload =
            root["workload"].map {
                items($0, WorkloadReader(scalars: scalars, greatestIndex: greatestIndex).read)
            } ?? []
        let queries = root["queries"].map(queries) ?? []
        let selection = select(workload, queries, of: devices, isPrivate: root["devices"].map(Words.isPrivate) ?? false)
        if let duration { checkChanges(workload, selection, duration) }
        let thresholds = root["thresholds"].map(ThresholdReader(scalars: scalars).read) ?? []
        let latencyTags =
            root["latencyBy"].map { LatencyTagReader(scalars: scalars, templates: templates).read($0) } ?? []
        guard let name, let duration, mistakes.isEmpty else { return nil }
        return Fleet(
            file: file,
            name: name,
            hub: (hub ?? nil) ?? HubSetting(),
            seed: seed ?? 1,
            connectPerSecond: connect ?? nil,
            amqpPool: amqpPool,
            duration: .nanoseconds(duration),
            devices: devices,
            workload: zip(workload, selection).map {
                WorkloadItem(pace: $0.pace, desired: $0.desired, devices: $1)
            },
            queries: queries.map(\.condition),
            thresholds: thresholds,
            latencyTags: latencyTags
        )
    }

    /// The devices, none when not all of them could be made: what is told of some would be wrong of all.
    private func devices(
        _ root: MappingReader,
        seed: UInt64,
        isLocal: Bool
    ) -> ([FleetDevice], [DeviceTemplate]) {
        let before = mistakes.count
        let reader = DeviceReader(scalars: scalars, files: files, deviceLimit: deviceLimit, isLocal: isLocal)
        let templates = root["devices"].map { items($0, reader.read) } ?? []
        let devices = expand(templates, seed: seed, root.position(of: "devices"))
        return (mistakes.count == before ? devices : [], templates)
    }

    private func queries(_ node: YAMLNode) -> [ConditionTemplate] {
        if case .sequence(let nodes) = node.content, nodes.count > Self.queryLimit {
            mistakes.add(
                Fault("a list of \(Words.number(nodes.count)) queries", expected: "at most \(Self.queryLimit)")
                    .at(node.position)
            )
            return []
        }
        return items(node, ConditionReader(scalars: scalars).read)
    }

    /// The devices that each item of the workload goes to; a condition that selects none is told, also of a query.
    private func select(
        _ workload: [WorkloadTemplate],
        _ queries: [ConditionTemplate],
        of devices: [FleetDevice],
        isPrivate: Bool
    ) -> [[Int]] {
        guard !devices.isEmpty else { return workload.map { _ in [] } }
        let selector = DeviceSelector(devices: devices, mistakes: mistakes, isPrivate: isPrivate)
        // One array for all items that go to every device, however many there are.
        let everyDevice = Array(devices.indices)
        for query in queries { _ = selector.select(query) }
        return workload.map { $0.to.map(selector.select) ?? everyDevice }
    }

    private func name(_ node: YAMLNode) -> String? {
        let expected = "a name of 1 to 64 letters, digits, '-', '_' and '.', beginning with a letter or a digit"
        guard let text = scalars.text(node, expected: expected)?.text else { return nil }
        let isGood =
            text.utf8.count <= 64 && text.first?.isPunctuation == false
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
                default: false
                }
            }
        guard isGood else {
            mistakes.add(Fault(expected: expected), at: node)
            return nil
        }
        return text
    }

    /// How many devices share an AMQP connection.
    private func amqpPool(_ node: YAMLNode) -> Int? {
        guard let pool = MappingReader(node, .amqp, mistakes)?["pool"] else { return nil }
        return scalars.integer(
            pool,
            1...Self.poolLimit,
            expected: "a whole number of devices for each AMQP connection, from 1 to \(Self.poolLimit)"
        )
    }

    private func seed(_ node: YAMLNode) -> UInt64? {
        let expected = "a whole number from 0 to \(Int64.max)"
        return scalars.parsed(node, expected: expected) { (text) throws(Fault) in
            guard case .scalar(let scalar) = node.content, scalar.isPlain, let seed = Int64(text), seed >= 0 else {
                throw Fault(expected: expected)
            }
            return UInt64(seed)
        }
    }

    private func duration(_ node: YAMLNode) -> Int64? {
        scalars.parsed(node, expected: DurationText.expectation) { (text) throws(Fault) in
            let nanoseconds = try DurationText.nanoseconds(text)
            guard nanoseconds >= 1_000_000 else { throw Fault(expected: "at least 1ms") }
            return nanoseconds
        }
    }

    private func items<Item>(_ node: YAMLNode, _ read: (YAMLNode) -> Item?) -> [Item] {
        guard case .sequence(let nodes) = node.content, !nodes.isEmpty else {
            mistakes.add(Fault(expected: "a list with at least one item, each beginning with '- '"), at: node)
            return []
        }
        return nodes.compactMap(read)
    }

    private func expand(_ templates: [DeviceTemplate], seed: UInt64, _ position: Position?) -> [FleetDevice] {
        // Counts are at most the limit each, and a file has room for too many items only if most of them count one.
        let total = templates.reduce(0) { $0 + $1.count }
        guard total <= deviceLimit else {
            if let position {
                mistakes.add(
                    Fault(
                        "\(Words.number(total)) devices in all",
                        expected: "at most \(Words.number(deviceLimit)), the most devices of a fleet"
                    ).at(position)
                )
            }
            return []
        }
        return FleetExpansion(templates: templates, seed: seed, files: files).devices()
    }

    private func checkChanges(_ workload: [WorkloadTemplate], _ selection: [[Int]], _ nanoseconds: Int64) {
        var sum = 0.0
        for (item, devices) in zip(workload, selection) {
            switch item.pace {
            case .rate(let perSecond): sum += perSecond * Double(nanoseconds) / 1e9
            case .every(let interval): sum += Double(devices.count) * (.nanoseconds(nanoseconds) / interval)
            }
            guard sum > Self.changeLimit else { continue }
            mistakes.add(
                Fault(
                    "a workload of \(Words.number(Int64(sum))) changes",
                    expected:
                        "at most \(Words.number(Int64(Self.changeLimit))) in a run: a lower pace or a shorter duration"
                ).at(item.position)
            )
            return
        }
    }
}
