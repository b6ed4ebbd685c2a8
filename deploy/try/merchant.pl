# A merchant, and a service of the gateway, for deploy/try.sh; with what Perl has by itself.
#   merchant.pl serve                              answers each webhook after a moment, and prints its webhook-id
#   merchant.pl publish COUNT KEY MERCHANT EVENT   publishes so many over the API, each until the broker has it, and prints their ids
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
my ($role, @arguments) = @ARGV;
if ($role eq 'serve') { serve() } else { publish(@arguments) }

sub serve {
  $SIG{CHLD} = 'IGNORE';
  $SIG{TERM} = sub { exit 0 };
  my $server = IO::Socket::INET->new(LocalPort => 9000, Listen => 128, ReuseAddr => 1) or die "port 9000: $!";
  while (1) {
    my $client = $server->accept or next;
    if (!fork) { answer($client); exit 0 }
    close $client;
  }
}

sub answer {
  my ($client) = @_;
  my ($id, $length) = ('', 0);
  while (my $line = <$client>) {
    $id = $1 if $line =~ /^webhook-id:\s*(\S+)/i;
    $length = $1 if $line =~ /^content-length:\s*(\d+)/i;
    last if $line =~ /^\r?$/;
  }
  read $client, my ($body), $length;
  # What is called slow is under way when the worker is told to stop.
  my $is_slow = $body =~ /try\.slow/;
  print "began $id\n" if $is_slow;
  select undef, undef, undef, $is_slow ? 5 : 0.1;
  print {$client} "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
  print "received $id\n";
}

sub publish {
  my ($count, $key, $merchant, $event) = @_;
  open my $random, '<:raw', '/dev/urandom' or die $!;
  for (1 .. $count) {
    read $random, my $bytes, 16;
    my $id = join '-', unpack 'H8H4H4H4H12', $bytes;
    my $body = qq({"delivery_id":"$id","merchant_id":"$merchant","event":"$event","payload":{"amount":"25.00"}});
    # The worker may just be replaced. Published twice under its id, a webhook is delivered once.
    my $tries = 0;
    until (is_taken($key, $body)) {
      die "$id was not taken within two minutes\n" if ++$tries == 600;
      select undef, undef, undef, 0.2;
    }
    print "published $id\n";
  }
}

sub is_taken {
  my ($key, $body) = @_;
  my $worker = IO::Socket::INET->new(PeerAddr => 'worker', PeerPort => 8090, Timeout => 5) or return 0;
  local $SIG{PIPE} = 'IGNORE';
  local $SIG{ALRM} = sub { close $worker };
  alarm 10;
  print {$worker} "POST /api/jobs/webhooks HTTP/1.1\r\nHost: worker:8090\r\nAuthorization: Bearer $key\r\nContent-Type: application/json\r\n"
    . 'Content-Length: ' . length($body) . "\r\nConnection: close\r\n\r\n$body";
  my $status = <$worker>;
  alarm 0;
  return defined $status && $status =~ m{^HTTP/1\.1 202 };
}
