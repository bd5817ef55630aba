package dev.fenliu;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.fenliu.net.EndOfStream;
import dev.fenliu.net.Relay;
import dev.fenliu.net.Sockets;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.Set;

@AnalyzeClasses(packages = "dev.fenliu", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packages_are_layered = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("app")
            .definedBy("dev.fenliu.app..")
            .layer("control")
            .definedBy("dev.fenliu.control..")
            .layer("tally")
            .definedBy("dev.fenliu.tally..")
            .layer("edit")
            .definedBy("dev.fenliu.edit..")
            .layer("engine")
            .definedBy("dev.fenliu.engine..")
            .layer("inbound")
            .definedBy("dev.fenliu.inbound..")
            .layer("tunnel")
            .definedBy("dev.fenliu.tunnel..")
            .layer("outbound")
            .definedBy("dev.fenliu.outbound..")
            .layer("subscribe")
            .definedBy("dev.fenliu.subscribe..")
            .layer("transport")
            .definedBy("dev.fenliu.transport..")
            .layer("dns")
            .definedBy("dev.fenliu.dns..")
            .layer("route")
            .definedBy("dev.fenliu.route..")
            .layer("sniff")
            .definedBy("dev.fenliu.sniff..")
            .layer("lan")
            .definedBy("dev.fenliu.lan..")
            .layer("net")
            .definedBy("dev.fenliu.net..")
            .layer("state")
            .definedBy("dev.fenliu.state..")
            .layer("config")
            .definedBy("dev.fenliu.config..")
            .layer("model")
            .definedBy("dev.fenliu.model..")
            .whereLayer("app")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("control")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("tally")
            .mayOnlyBeAccessedByLayers("app", "control")
            .whereLayer("edit")
            .mayOnlyBeAccessedByLayers("app", "control")
            .whereLayer("engine")
            .mayOnlyBeAccessedByLayers("app", "control", "tally", "edit")
            .whereLayer("inbound")
            .mayOnlyBeAccessedByLayers("app", "engine", "control", "tunnel")
            .whereLayer("tunnel")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("outbound")
            .mayOnlyBeAccessedByLayers("app", "control", "engine", "tunnel", "subscribe", "tally")
            .whereLayer("subscribe")
            .mayOnlyBeAccessedByLayers("app", "control", "engine")
            .whereLayer("transport")
            .mayOnlyBeAccessedByLayers("app", "tunnel", "outbound")
            .whereLayer("sniff")
            .mayOnlyBeAccessedByLayers("app", "control", "engine")
            .whereLayer("state")
            .mayOnlyBeAccessedByLayers("app", "control", "engine", "tally", "edit")
            .whereLayer("dns")
            .mayOnlyBeAccessedByLayers("app", "control", "engine", "tally")
            .whereLayer("lan")
            .mayOnlyBeAccessedByLayers("app", "control", "engine", "dns", "tally")
            .whereLayer("route")
            .mayOnlyBeAccessedByLayers("app", "control", "engine", "dns", "tally", "edit");

    @ArchTest
    static final ArchRule packages_are_free_of_cycles =
            slices().matching("dev.fenliu.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule tunnels_do_not_know_each_other = slices().matching("dev.fenliu.tunnel.(*)..")
            .should()
            .notDependOnEachOther()
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule routing_is_pure = noClasses()
            .that()
            .resideInAnyPackage("dev.fenliu.model..", "dev.fenliu.route..", "dev.fenliu.subscribe..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "java.util.concurrent.locks..");

    @ArchTest
    static final ArchRule only_the_relay_pauses_reading =
            noClasses().that().doNotBelongToAnyOf(Relay.class).should().callMethodWhere(named("setAutoRead"));

    @ArchTest
    static final ArchRule only_end_of_stream_half_closes = noClasses()
            .that()
            .doNotBelongToAnyOf(EndOfStream.class)
            .should()
            .callMethodWhere(named("shutdownOutput", "shutdownInput", "shutdown")
                    .and(describe("of a channel", call -> call.getTargetOwner().isAssignableTo(Channel.class))));

    @ArchTest
    static final ArchRule nothing_blocks = noClasses()
            .that()
            .resideOutsideOfPackage("dev.fenliu.app..")
            .should()
            .callMethodWhere(named("sync", "syncUninterruptibly", "await", "awaitUninterruptibly", "join", "sleep")
                    .and(describe(
                            "not Relay.join or String.join",
                            call -> !call.getTargetOwner().isEquivalentTo(Relay.class)
                                    && !call.getTargetOwner().isEquivalentTo(String.class))));

    /**
     * Somebody may set it while flows, answers and timers live. A date is for copies on the disk, for certificates, for
     * protocols whose messages have one, and for what a web server says.
     */
    @ArchTest
    static final ArchRule the_clock_of_the_wall_times_nothing = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.fenliu.app.OwnTunnel")
            .and()
            .doNotHaveFullyQualifiedName("dev.fenliu.app.pair.ServerFolder")
            .and()
            .doNotHaveFullyQualifiedName("dev.fenliu.app.ServeCommand")
            .and()
            .doNotHaveFullyQualifiedName("dev.fenliu.engine.Kept")
            .and()
            .doNotHaveFullyQualifiedName("dev.fenliu.tunnel.shadowsocks.Clocks")
            .and()
            .doNotHaveFullyQualifiedName("dev.fenliu.tunnel.vmess.VmessType")
            .and()
            .doNotHaveFullyQualifiedName("dev.fenliu.net.site.StockSite")
            .should()
            .callMethodWhere(named("now", "currentTimeMillis", "system", "systemUTC", "systemDefaultZone")
                    .and(describe(
                            "of the wall",
                            call -> call.getTargetOwner().isEquivalentTo(System.class)
                                    || call.getTargetOwner().getPackageName().equals("java.time"))));

    @ArchTest
    static final ArchRule nothing_resolves_names_behind_our_back = noClasses()
            .should()
            .callMethodWhere(named("getByName", "getAllByName", "getHostName", "getCanonicalHostName"))
            .orShould()
            .callConstructor(InetSocketAddress.class, String.class, int.class);

    @ArchTest
    static final ArchRule every_bootstrap_is_made_in_one_place = noClasses()
            .that()
            .doNotBelongToAnyOf(Sockets.class)
            .should()
            .callConstructor(Bootstrap.class)
            .orShould()
            .callConstructor(ServerBootstrap.class);

    @ArchTest
    static final ArchRule only_the_app_prints = noClasses()
            .that()
            .resideOutsideOfPackage("dev.fenliu.app..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule only_the_app_starts_programs = noClasses()
            .that()
            .resideOutsideOfPackage("dev.fenliu.app..")
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(ProcessBuilder.class, Runtime.class);

    private static com.tngtech.archunit.base.DescribedPredicate<JavaCall<?>> named(String... names) {
        Set<String> set = Set.of(names);
        return describe("a call of " + set, call -> set.contains(call.getName()));
    }
}
