fn main() {
    println!("now={} mean={}", gauge::now(), gauge::gauge_mean(3));
}
