import { assertEquals } from "@std/assert";
import { countTests } from "./count_tests.ts";

Deno.test("countTests adds up the suites of a report and leaves out what was ignored", () => {
  const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="8" failures="2" errors="1" time="0.067">
    <testsuite name="./a_test.ts" tests="5" disabled="1" errors="0" failures="2">
        <testcase name="a" classname="./a_test.ts"><failure message="tests=&quot;9&quot;"/></testcase>
    </testsuite>
    <testsuite name="./b_test.ts" tests="3" disabled="0" errors="1" failures="0"></testsuite>
</testsuites>`;
  assertEquals(countTests(report), { passed: 4, failed: 3 });
});

Deno.test("countTests finds nothing in an empty report", () => {
  assertEquals(countTests('<testsuites name="deno test" tests="0"></testsuites>'), {
    passed: 0,
    failed: 0,
  });
});
