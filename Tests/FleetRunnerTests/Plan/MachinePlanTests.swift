import Fleet
import IoTHub
import Testing

@testable import FleetRunner

@Suite("What a plan says of the machine")
struct MachinePlanTests {
    @Test("a fleet that fits is fine")
    func fits() throws {
        let plan = try FleetPlan(of: PlanSamples.fleet(), on: PlanSamples.machine())
        #expect(plan.isFine && plan.findings.isEmpty)
        #expect(plan.needs.runner.openFiles == 100 + DeviceCost.fileReserve)
        #expect(plan.needs.localHub?.openFiles == 100 + DeviceCost.fileReserve)
    }

    @Test("too few files are impossible, with the command for them, and a run refuses with the same words")
    func openFiles() throws {
        let fleet = PlanSamples.fleet(devices: 1000, transports: [.mqttWebSocketOnly])
        let machine = PlanSamples.machine(files: 1024)
        let plan = try FleetPlan(of: fleet, on: machine)
        let finding = try #require(plan.findings(.impossible, about: "open files").first)
        #expect(finding.text.contains("1,000 devices need 3,096, this process may open 1,024"))
        #expect(finding.text.contains("at most 309 devices"))
        #expect(finding.commands == ["sudo prlimit --pid $$ --nofile=3096"])
        #expect(!plan.isFine)
        let error = #expect(throws: RunError.self) { try FleetPlan.check(fleet, on: machine) }
        #expect(error?.exitCode == .internalError)
        #expect(error?.message == "\(finding.text)\n  \(finding.commands[0])")
        #expect(throws: Never.self) { try FleetPlan.check(fleet, on: PlanSamples.machine(files: 3096)) }
    }

    @Test("more files than root may give need the kernel's limit raised before")
    func greatestLimit() throws {
        let machine = PlanSamples.machine(files: 1024, greatest: 2000)
        let plan = try FleetPlan(of: PlanSamples.fleet(devices: 3000), on: machine)
        #expect(
            plan.findings.first?.commands == ["sudo sysctl -w fs.nr_open=3096", "sudo prlimit --pid $$ --nofile=3096"]
        )
    }

    @Test("devices that may fall back to WebSockets are counted both ways, and that is no more than a note")
    func fallback() throws {
        let fleet = PlanSamples.fleet(devices: 1000, transports: [.mqtt])
        let plan = try FleetPlan(of: fleet, on: PlanSamples.machine(files: 2000))
        #expect(plan.needs.runner.openFiles == 1096 && plan.needs.openFilesAfterFallback == 3096)
        #expect(plan.needs.connections == [.mqtt: 1000] && plan.needs.connectionsAfterFallback == [.https: 1000])
        #expect(plan.findings(.note, about: "open files").count == 1)
        #expect(plan.isFine)
        #expect(throws: Never.self) { try FleetPlan.check(fleet, on: PlanSamples.machine(files: 2000)) }
    }

    @Test("source ports are counted for each port of the hub by itself")
    func sourcePorts() throws {
        let machine = PlanSamples.machine(ports: 40_000...40_999)
        let both: [TransportType] = [.mqttTcpOnly, .amqpTcpOnly]
        #expect(try FleetPlan(of: PlanSamples.fleet(devices: 2000, transports: both), on: machine).isFine)
        let plan = try FleetPlan(of: PlanSamples.fleet(devices: 2002, transports: both), on: machine)
        let findings = plan.findings(.impossible, about: "source ports")
        #expect(findings.count == 2)
        #expect(findings.first?.text.contains("1,001 connections go to the hub's MQTT port") == true)
        #expect(findings.first?.commands == ["sudo sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\""])
    }

    @Test("more connections to one port than there are ports cannot be mended by a command")
    func tooManyConnections() throws {
        let fleet = PlanSamples.fleet(devices: 70_000)
        let machine = PlanSamples.machine(files: 1 << 20, memory: 64 << 30)
        let finding = try #require(try FleetPlan(of: fleet, on: machine).findings.first)
        #expect(finding.severity == .impossible && finding.commands.isEmpty)
        #expect(finding.text.contains("No machine has more than 64,512"))
    }

    @Test("memory that is there only by swapping is told; memory that is not there at all is refused")
    func memory() throws {
        let fleet = PlanSamples.fleet(devices: 10_000, transports: [.amqpTcpOnly])
        let plan = try FleetPlan(of: fleet, on: PlanSamples.machine(memory: 1 << 30, swap: 8 << 30))
        // 72.5 KB here and 70 KB at the hub for each, and both programs.
        let needed = plan.needs.runner.memoryBytes + (plan.needs.localHub?.memoryBytes ?? 0)
        #expect(needed > 1_400_000_000 && needed < 1_700_000_000)
        #expect(plan.findings(.limited, about: "memory").count == 1 && !plan.isFine)
        #expect(throws: Never.self) {
            try FleetPlan.check(fleet, on: PlanSamples.machine(memory: 1 << 30, swap: 8 << 30))
        }
        #expect(throws: RunError.self) { try FleetPlan.check(fleet, on: PlanSamples.machine(memory: 1 << 30)) }
    }

    @Test("a schedule for which there is no memory is not made: its numbers are those to be expected")
    func hugeSchedule() throws {
        // The books of twelve million changes take more than a gigabyte.
        let fleet = PlanSamples.fleet(devices: 10, rate: 12_000, duration: .seconds(1000))
        let plan = try FleetPlan(of: fleet, on: PlanSamples.machine(memory: 512 << 20))
        #expect(plan.findings(.impossible, about: "memory").count == 1 && plan.fingerprint == nil)
        #expect(plan.fleet.changes == 12_000_000 && plan.fleet.items.map(\.changes) == [12_000_000])
        #expect(plan.fleet.changesPerSecond == 12_000 && plan.fleet.changedDevices == 10)
        #expect(plan.needs.bookBytes > 512 << 20)
        // What is shown of it is what a run would do.
        let small = PlanSamples.fleet(devices: 10, rate: 12_000, duration: .seconds(1))
        let whole = try FleetPlan(of: small, on: PlanSamples.machine())
        #expect(whole.fingerprint != nil && plan.fleet.firstChanges == whole.fleet.firstChanges)
        #expect(plan.fleet.firstChanges.count == 3)
    }

    @Test("each item's first changes are those of the whole schedule")
    func beginnings() throws {
        var fleet = PlanSamples.fleet(devices: 5, rate: 7, duration: .seconds(9))
        fleet.workload.append(fleet.workload[0])
        fleet.workload[1].pace = .every(.seconds(2))
        let beginning = try Schedule(of: fleet, firstOfEachItem: 3)
        let whole = try Schedule(of: fleet)
        for item in Int32(0)..<2 {
            let first = whole.changes.filter { $0.item == item }.prefix(3)
            #expect(beginning.changes.filter { $0.item == item } == Array(first) && first.count == 3)
        }
        #expect(!beginning.isWhole && whole.isWhole)
    }

    @Test("another hub takes nothing of this machine")
    func remoteHub() throws {
        let plan = try FleetPlan(of: PlanSamples.fleet(hub: PlanSamples.remote()), on: PlanSamples.machine())
        #expect(plan.needs.localHub == nil && plan.hubHost == "myhub.azure-devices.net")
    }

    @Test("what the kernel's files say is read")
    func kernelFiles() {
        let memory = MachineFacts.fields(ofMemory: "MemAvailable:   24105 kB\nSwapFree:  0 kB\nHugePages_Total: 3\n")
        #expect(memory == ["MemAvailable": 24_105 * 1024, "SwapFree": 0])
        #expect(MachineFacts.range("32768\t60999\n") == 32_768...60_999)
        #expect(MachineFacts.range("60999\t32768\n") == nil && MachineFacts.range("") == nil)
    }

    @Test("this machine has something to say")
    func thisMachine() {
        let facts = MachineFacts.read()
        #expect(facts.hardOpenFiles >= facts.softOpenFiles && facts.softOpenFiles > 0)
        #expect(facts.processors > 0 && facts.sourcePorts.count > 1000)
        #expect((facts.availableMemoryBytes ?? 0) > 1 << 20)
    }
}
