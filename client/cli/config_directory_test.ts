import { assertEquals } from "@std/assert";
import { configDirectory } from "./config_directory.ts";

Deno.test("configDirectory follows each system", () => {
  const home = { HOME: "/home/a" };
  assertEquals(configDirectory(home, "linux"), "/home/a/.config/tun");
  assertEquals(configDirectory(home, "darwin"), "/home/a/Library/Application Support/tun");
  assertEquals(configDirectory({ ...home, XDG_CONFIG_HOME: "/x" }, "darwin"), "/x/tun");
  assertEquals(
    configDirectory({ ...home, XDG_CONFIG_HOME: "rel" }, "linux"),
    "/home/a/.config/tun",
  );
  assertEquals(configDirectory({ APPDATA: "C:\\A" }, "windows"), "C:\\A\\tun");
  assertEquals(configDirectory({}, "linux"), undefined);
  assertEquals(configDirectory({}, "windows"), undefined);
});
