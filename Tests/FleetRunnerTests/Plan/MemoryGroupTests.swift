import Testing

@testable import FleetRunner

@Suite("What control groups leave of memory")
struct MemoryGroupTests {
    private func groups(_ membership: String, _ files: [String: String]) -> MemoryGroups {
        MemoryGroups(of: membership) { files[$0] }
    }

    private static let stat = """
        anon 1000
        file 700
        active_file 300
        inactive_file 200
        slab_reclaimable 50
        slab_unreclaimable 20
        """

    @Test("cache that can be given back is room")
    func reclaimable() {
        let files = [
            "/sys/fs/cgroup/app/memory.max": "2000\n", "/sys/fs/cgroup/app/memory.current": "1900\n",
            "/sys/fs/cgroup/app/memory.stat": Self.stat,
        ]
        #expect(groups("0::/app\n", files).room == 650)
    }

    @Test("the least room over a group and its parents counts, of swap as well")
    func parents() {
        let files = [
            "/sys/fs/cgroup/a/memory.max": "5000\n", "/sys/fs/cgroup/a/memory.current": "4900\n",
            "/sys/fs/cgroup/a/memory.stat": "inactive_file 100\n",
            "/sys/fs/cgroup/a/memory.swap.max": "30\n", "/sys/fs/cgroup/a/memory.swap.current": "10\n",
            "/sys/fs/cgroup/a/b/memory.max": "3000\n", "/sys/fs/cgroup/a/b/memory.current": "100\n",
            "/sys/fs/cgroup/a/b/memory.swap.max": "max\n",
        ]
        let groups = groups("1:name=systemd:/x\n0::/a/b\n", files)
        #expect(groups.room == 200 && groups.swapRoom == 20)
    }

    @Test("in a container that sees its own group at the top, that one counts")
    func container() {
        let files = ["/sys/fs/cgroup/memory.max": "900\n", "/sys/fs/cgroup/memory.current": "100\n"]
        #expect(groups("0::/docker/0123\n", files).room == 800)
        #expect(groups("0::/../../x\n", files).room == 800)
    }

    @Test("version 1 is read where version 2 says nothing")
    func versionOne() {
        let membership = "4:cpu,memory:/app\n0::/\n"
        let files = [
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes": "77\n",
            "/sys/fs/cgroup/memory/app/memory.limit_in_bytes": "2000\n",
            "/sys/fs/cgroup/memory/app/memory.usage_in_bytes": "1900\n",
            "/sys/fs/cgroup/memory/app/memory.stat":
                "inactive_file 1\ntotal_inactive_file 200\ntotal_active_file 300\n",
        ]
        #expect(groups(membership, files).room == 600)
        #expect(groups(membership, files).swapRoom == nil)
    }

    @Test("without a limit, or with texts that are none, nothing is limited")
    func noLimit() {
        let none = MemoryGroups(of: "") { _ in nil }
        #expect(none.room == nil && none.swapRoom == nil)
        #expect(groups("0::/\n", ["/sys/fs/cgroup/memory.max": "max\n"]).room == nil)
        #expect(groups("a:b\n0::/\n", ["/sys/fs/cgroup/memory.max": "?"]).room == nil)
    }

    @Test("more in use than permitted leaves nothing")
    func overdrawn() {
        let files = ["/sys/fs/cgroup/memory.max": "900\n", "/sys/fs/cgroup/memory.current": "1000\n"]
        #expect(groups("0::/\n", files).room == 0)
    }
}
