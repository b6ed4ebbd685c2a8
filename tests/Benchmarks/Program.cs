Console.Error.WriteLine("no benchmark yet");
return 1;
