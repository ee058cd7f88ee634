package com.acme.jobs;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One small job that fails for the cause and at the place it is told. */
public final class Main {
    private Main() {}

    public static void main(String[] argv) throws Exception {
        Args args = new Args(argv);
        Map<String, String> settings = new HashMap<>();
        args.all().forEach((name, value) -> {
            if (name.contains(".")) {
                settings.put(name, value);
            }
        });
        StreamExecutionEnvironment env =
                StreamExecutionEnvironment.getExecutionEnvironment(Configuration.fromMap(settings));
        env.setParallelism(1);
        build(env, args);
        env.execute(args.of("title", args.cause()));
    }

    private static void build(StreamExecutionEnvironment env, Args args) {
        String place = args.of("place", "map");
        if (place.equals("reader") || place.equals("coordinator")) {
            end(env.fromSource(new Sources(args), WatermarkStrategy.noWatermarks(), "orders", Types.LONG));
            return;
        }
        DataStream<Long> numbers = env.fromSequence(0, Long.MAX_VALUE - 1);
        switch (place) {
            case "timer":
                end(numbers.map(Main::slow).keyBy(x -> x % 3).process(new Places.InTimer(args)));
                break;
            case "watermark":
                end(numbers.map(Main::slow).assignTimestampsAndWatermarks(
                        WatermarkStrategy.<Long>forGenerator(c -> new Places.InWatermark(args))));
                break;
            case "async":
            case "async-timeout":
                end(AsyncDataStream.unorderedWait(numbers.map(Main::slow), new Places.InAsync(args),
                        args.number("wait", 300), TimeUnit.MILLISECONDS, 10));
                break;
            case "snapshot":
            case "snapshot-hangs":
            case "restore":
            case "kept":
                end(numbers.map(new States.Kept(args)).uid("kept-" + args.of("uid", "a")));
                break;
            case "keyed":
                end(numbers.map(Main::slow).keyBy(x -> x % 3).process(new States.Keyed(args.of("type", "").equals("text")))
                        .setMaxParallelism(args.number("max", 128)).uid("total"));
                break;
            case "window":
                end(numbers.map(Main::slow).keyBy(x -> x % 3)
                        .window(TumblingEventTimeWindows.of(Duration.ofSeconds(1))).reduce(Long::sum));
                break;
            case "key":
                end(numbers.map(Main::slow).keyBy(x -> x > 5 ? null : x).process(new States.Keyed(false)));
                break;
            default:
                end(numbers.map(new Places.InMap(args)).name("enrich-" + args.vary().number(1, 99)));
        }
    }

    private static Long slow(Long value) throws InterruptedException {
        Thread.sleep(5);
        return value;
    }

    private static void end(DataStream<Long> stream) {
        stream.sinkTo(new DiscardingSink<>());
    }
}
